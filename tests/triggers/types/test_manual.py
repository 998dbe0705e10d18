import pytest

from core.errors import InvalidError
from triggers import resolving


def test_it_listens_to_nothing() -> None:
    found = resolving.resolve("manual", {"title": "Start", "input": {"type": "object"}})

    assert (found.trigger_type.key, found.event_type) == ("manual", "")


def test_a_schema_that_is_none_is_refused_where_it_stands() -> None:
    with pytest.raises(InvalidError) as caught:
        resolving.resolve("manual", {"input": {"properties": {"a": {"type": "objct"}}}}, path="/triggers/0")

    assert [problem.path for problem in caught.value.problems] == ["/triggers/0/params/input/properties/a/type"]
