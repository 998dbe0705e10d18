from typing import Any

import pytest

from actions import checking
from actions.base import ActionCall, ActionFailedError
from actions.registry import action_types
from tests.cases import load

SCHEMA = {"type": "object", "required": ["email"], "properties": {"age": {"type": "integer", "minimum": 18}}}


def validate(call: ActionCall, **params: Any) -> dict[str, Any]:
    action_type = action_types.get("validate_data")
    return action_type.perform(checking.validated(action_type, params), call).output


def test_data_that_fits_is_valid(call: ActionCall) -> None:
    output = validate(call, schema=SCHEMA, input={"email": "ada@example.com", "age": 36})

    assert output == {"valid": True, "errors": []}


def test_data_that_does_not_fit_fails(call: ActionCall) -> None:
    with pytest.raises(ActionFailedError, match="/email: 'email' is missing") as raised:
        validate(call, schema=SCHEMA, input={"age": 3})

    assert (raised.value.code, raised.value.is_retryable) == ("invalid_data", False)


def test_data_that_does_not_fit_may_go_on(call: ActionCall) -> None:
    output = validate(call, schema=SCHEMA, input={"age": 3}, on_invalid="continue")

    assert output["valid"] is False
    assert {each["path"] for each in output["errors"]} == {"/email", "/age"}


def test_a_failure_tells_a_few_of_many_problems(call: ActionCall) -> None:
    with pytest.raises(ActionFailedError, match="And 15 more"):
        validate(call, schema={"items": {"type": "integer"}}, input=["x"] * 30)


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"type": "nope"}, ("/params/schema/type", "invalid_schema")),
        ({"$ref": "https://example.com/schema.json"}, ("/params/schema/$ref", "remote_reference")),
        ({"$ref": "#"}, ("/params/schema/$ref", "circular")),
        ("{{ lead.schema }}", ("/params/schema", "invalid_schema")),
    ],
    ids=str,
)
def test_a_schema_that_cannot_be_used_is_told_when_it_is_written(schema: Any, problem: tuple[str, str]) -> None:
    found = checking.check_params(action_types.get("validate"), {"schema": schema}, path="/params")

    assert problem in [(each.path, each.code) for each in found]


def test_naughty_texts_are_held_against_schemas_without_harm(call: ActionCall) -> None:
    for text in load("hostile/blns.json"):
        schema = {"additionalProperties": {"type": "string", "const": text}}
        assert validate(call, schema=schema, input={text: text, "x": text})["valid"]
        assert not validate(call, schema={"type": "integer"}, input=text, on_invalid="continue")["valid"]
