from typing import Any

import pytest

from core.errors import InvalidError
from triggers import resolving


@pytest.mark.parametrize(
    ("params", "event_type"),
    [
        ({"model": "lead"}, "lead.updated"),
        ({"model": "lead", "on": "changed"}, "lead.updated"),
        ({"model": "lead", "on": "created"}, "lead.created"),
        ({"model": "lead", "on": "updated"}, "lead.updated"),
        ({"model": "lead", "on": "deleted"}, "lead.deleted"),
        ({"model": "deal", "on": "changed", "field": "stage"}, "deal.stage_changed"),
        ({"model": "deal", "field": "the stage"}, "deal.the_stage_changed"),
    ],
    ids=str,
)
def test_it_listens_to_the_event_of_the_change(params: dict[str, Any], event_type: str) -> None:
    assert resolving.resolve("data_change", params).event_type == event_type


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({}, "/params/model"),
        ({"model": "a.b"}, "/params/model"),
        ({"model": "lead", "on": "moved"}, "/params/on"),
        ({"model": "lead", "on": "created", "field": "stage"}, "/params"),
        ({"model": "lead", "fields": ["stage"]}, "/params/fields"),
    ],
    ids=str,
)
def test_what_cannot_be_listened_to_is_refused_where_it_stands(params: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidError) as caught:
        resolving.resolve("data_change", params)

    assert [problem.path for problem in caught.value.problems] == [path]
