from datetime import UTC, datetime

import pytest
from django.db.models import DateTimeField

from actions.entities import values
from actions.entities.values import InvalidValueError

FIELD: "DateTimeField[object, object]" = DateTimeField(name="closes_at")


@pytest.mark.parametrize("text", ["2026-01-31T11:00:00+02:00", "2026-01-31 9:00:00", "2026-01-31T09:00:00Z"])
def test_an_instant_is_in_utc(text: str) -> None:
    assert values.clean(FIELD, text) == datetime(2026, 1, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "9999-12-31 19:59:59 -14:00"]
)
def test_an_instant_that_could_be_stored_and_never_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError):
        values.clean(FIELD, text)

    with pytest.raises(InvalidValueError):
        values.convert(FIELD, text)
