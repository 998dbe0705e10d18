import time
from typing import Any

import pytest

from actions import checking
from actions.base import ActionCall, ActionFailedError
from actions.registry import action_types
from tests.cases import load

ORDER = {"lines": [{"sku": "a", "n": 2, "price": 5}, {"sku": "b", "n": 0, "price": 9}], "total": 10}


def transform(call: ActionCall, **params: Any) -> Any:
    action_type = action_types.get("transform_data")
    return action_type.perform(checking.validated(action_type, params), call).output["result"]


def problems(**params: Any) -> list[tuple[str, str]]:
    found = checking.check_params(action_types.get("transform_data"), params, path="/params")
    return [(each.path, each.code) for each in found]


@pytest.mark.parametrize(
    ("params", "result"),
    [
        ({"mapping": {"who": "Ada", "tags": [1]}}, {"who": "Ada", "tags": [1]}),
        ({"mapping": None}, None),
        ({"pick": "lines[?n > `0`].sku"}, ["a"]),
        ({"pick": "sort_by(lines, &n)[].{id: sku}"}, [{"id": "b"}, {"id": "a"}]),
        ({"jsonlogic": {"*": [{"var": "total"}, 2]}}, 20),
        ({"jsonlogic": {"map": [{"var": "lines"}, {"*": [{"var": "n"}, {"var": "price"}]}]}}, [10, 0]),
        ({"jsonlogic": None}, None),
    ],
    ids=str,
)
def test_the_input_is_brought_into_another_shape(params: dict[str, Any], result: Any, call: ActionCall) -> None:
    assert transform(call, input=ORDER, **params) == result


def test_its_other_name_and_the_data_of_the_event_are_the_defaults() -> None:
    assert action_types.get("transform") is action_types.get("transform_data")
    assert checking.templated_defaults(action_types.get("transform")) == {"input": "{{ event.data }}"}


@pytest.mark.parametrize("params", [{}, {"mapping": 1, "pick": "@"}, {"pick": "@", "jsonlogic": 1}])
def test_one_way_is_to_be_given(params: dict[str, Any]) -> None:
    assert problems(**params) == [("/params", "invalid_parameter")]


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"pick": "a b"}, ("/params/pick", "invalid_jmespath")),
        ({"pick": "{{ lead.path }}"}, ("/params/pick", "template_not_allowed")),
        ({"jsonlogic": {"nope": 1}}, ("/params/jsonlogic", "unknown_operator")),
        ({"jsonlogic": {"cat": ["{{ lead.name }}"]}}, ("/params/jsonlogic", "template_not_allowed")),
    ],
)
def test_an_expression_that_cannot_be_used_is_told_when_it_is_written(
    params: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert problem in problems(**params)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"input": {"a": "x"}, "pick": "sum(a)"}, "cannot be transformed"),
        ({"input": {"a": "x"}, "jsonlogic": {"+": [{"var": "a"}, 1]}}, "cannot be transformed"),
        ({"input": "nan", "pick": "to_number(@)"}, "cannot be kept"),
        ({"input": "1e999", "pick": "to_number(@)"}, "cannot be kept"),
        ({"mapping": "a\x00b"}, "cannot be kept"),
        ({"mapping": ["x" * 1000] * 2000}, "at most 1,048,576 are kept"),
    ],
)
def test_a_result_that_cannot_be_had_or_kept_fails(params: dict[str, Any], message: str, call: ActionCall) -> None:
    with pytest.raises(ActionFailedError, match=message) as raised:
        transform(call, **params)

    assert (raised.value.code, raised.value.is_retryable) == ("transform_failed", False)


@pytest.mark.parametrize(
    "params",
    [
        {"pick": "|".join(["[@, @]"] * 49)},
        {"jsonlogic": {"reduce": [{"var": "l"}, {"merge": [{"var": "accumulator"}, {"var": "accumulator"}]}, [1]]}},
        {"jsonlogic": {"reduce": [{"var": "l"}, {"cat": [{"var": "accumulator"}, {"var": "accumulator"}]}, "x"]}},
    ],
    ids=["pick", "merge", "cat"],
)
def test_what_doubles_and_doubles_is_stopped(params: dict[str, Any], call: ActionCall) -> None:
    begun = time.process_time()

    with pytest.raises(ActionFailedError, match="cannot be transformed"):
        transform(call, input={"l": list(range(40))}, **params)

    assert time.process_time() - begun < 20  # without an end it would take years


def test_naughty_texts_come_back_equal(call: ActionCall) -> None:
    for text in load("hostile/blns.json"):
        assert transform(call, mapping={"x": text}) == {"x": text}
        assert transform(call, input={"x": text}, pick="x") == text
        assert transform(call, input={"x": text}, jsonlogic={"var": "x"}) == text
