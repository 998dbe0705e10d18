from uuid import UUID

import pytest

from core.ids import uuid_or_none

VALUE = UUID("01890000-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (str(VALUE), VALUE),
        (VALUE.hex, VALUE),
        (str(VALUE).upper(), VALUE),
        ("", None),
        ("x", None),
        ("0" * 31, None),
        ("0" * 33, None),
        ("\0", None),
        ("é" * 32, None),
        ("9" * 10_000, None),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_text_that_spells_no_uuid_is_none(text: str, value: UUID | None) -> None:
    assert uuid_or_none(text) == value
