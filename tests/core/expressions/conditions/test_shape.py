from typing import Any

import pytest
from hypothesis import given

from core.expressions import conditions
from tests.core.expressions.strategies import conditions as any_condition
from tests.core.expressions.strategies import json_values

SIMPLE = {"field": "status", "operator": "eq", "value": "qualified"}


@pytest.mark.parametrize(
    ("document", "canonical"),
    [
        pytest.param(SIMPLE, SIMPLE, id="simple"),
        pytest.param([SIMPLE, SIMPLE], {"and": [SIMPLE, SIMPLE]}, id="a list is an and"),
        pytest.param([], {"and": []}, id="empty list"),
        pytest.param({"or": [SIMPLE, [SIMPLE]]}, {"or": [SIMPLE, {"and": [SIMPLE]}]}, id="list within"),
        pytest.param({"and": SIMPLE}, {"and": [SIMPLE]}, id="one member without a list"),
        pytest.param({"not": [SIMPLE]}, {"not": {"and": [SIMPLE]}}, id="not of a list"),
        pytest.param({"jsonlogic": {"==": [1, [2]]}}, {"jsonlogic": {"==": [1, [2]]}}, id="rules stay"),
        pytest.param(
            {"not": {"field": "a", "operator": "exists"}},
            {"not": {"field": "a", "operator": "exists", "value": True}},
            id="default value",
        ),
        pytest.param({**SIMPLE, "title": "T", "note": "N"}, {**SIMPLE, "title": "T", "note": "N"}, id="title and note"),
        pytest.param({"field": "a", "operator": "=="}, {"field": "a", "operator": "=="}, id="mistakes stay"),
        pytest.param("nonsense", "nonsense", id="nonsense stays"),
    ],
)
def test_a_condition_has_one_canonical_form(document: Any, canonical: Any) -> None:
    assert conditions.normalise(document) == canonical


@pytest.mark.parametrize(
    ("document", "canonical"),
    [
        ({"country": "NL"}, {"country": {"eq": "NL"}}),
        ({"duration_seconds": {"gte": 300, "lt": 900}}, {"duration_seconds": {"gte": 300, "lt": 900}}),
        ({"label": None, "tags": ["a"]}, {"label": {"eq": None}, "tags": {"eq": ["a"]}}),
        ([1], [1]),
    ],
)
def test_filters_have_one_canonical_form(document: Any, canonical: Any) -> None:
    assert conditions.normalise_filters(document) == canonical


@given(any_condition() | json_values)
def test_normalising_twice_changes_nothing_more(document: Any) -> None:
    once = conditions.normalise(document)

    assert conditions.normalise(once) == once


@given(json_values)
def test_normalising_filters_twice_changes_nothing_more(document: Any) -> None:
    once = conditions.normalise_filters(document)

    assert conditions.normalise_filters(once) == once


@given(any_condition())
def test_what_is_valid_stays_valid(document: Any) -> None:
    if not conditions.check(document, path=""):
        assert conditions.check(conditions.normalise(document), path="") == []
