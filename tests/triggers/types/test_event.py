import pytest
from pydantic import ValidationError

from triggers.registry import register, trigger_types
from triggers.types.event import EventTrigger, Params


def test_it_listens_to_its_event() -> None:
    assert EventTrigger().listens_to(Params(event="lead.*")) == "lead.*"


def test_it_is_registered_under_its_key() -> None:
    found = trigger_types.get("event")

    assert isinstance(found, EventTrigger)
    assert register(found) is found


@pytest.mark.parametrize("event", ["", "a b", "a.**.b", "a" * 201, None, 1, ["a"]], ids=lambda event: repr(event)[:20])
def test_what_is_no_pattern_is_refused(event: object) -> None:
    with pytest.raises(ValidationError):
        Params.model_validate({"event": event})


def test_its_parameters_do_not_change() -> None:
    params = Params(event="lead.*")

    with pytest.raises(ValidationError):
        params.event = "other"  # type: ignore[misc]  # that it is frozen is what is tested
