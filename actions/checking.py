"""Hold parameters against the model of their action type: when a workflow is saved, and again before it acts.

When it is saved, what a template will say is not known: an error in a string with `{{` (or below one) is left to the
run. Names are known then, so a missing or an unknown parameter is always a problem.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from actions.base import ActionFailedError, ActionParams, ActionType
from core import pointers, validation
from core.errors import Problem
from core.expressions import templates

P = TypeVar("P", bound=ActionParams)

MAX_SHOWN = 40  # characters of a word that a message repeats

_ABSENT = object()
_KINDS = {type(None): "nothing", bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list",
          dict: "an object"}  # fmt: skip
_EXPECTED = {
    "a valid string": "text", "a valid list": "a list", "a valid dictionary": "an object", "a valid number": "a number",
    "a valid integer": "a whole number", "a valid boolean": "true or false",
}  # fmt: skip
_COUNTED = re.compile(r"^\w+ should have (.*?)(?: after validation, not .*)?$")
_PARSED = re.compile(r", unable to parse string as .*")
_QUOTED = re.compile(r"'([^']*)'")
_CODES = {"missing": "missing_parameter", "extra_forbidden": "unknown_parameter"}


def check_params(action_type: ActionType[Any], params: Mapping[str, Any], *, path: str) -> list[Problem]:
    """What is wrong with parameters as they are written, each at its JSON pointer below `path`. Empty when all is well.

    Codes: missing_parameter, unknown_parameter, invalid_parameter, and those of the action type's own `check`.
    """
    found = action_type.check(params, path=path)
    try:
        action_type.params_model.model_validate(params)
    except ValidationError as error:
        return [*_problems(action_type, error, params=params, path=path, is_rendered=False), *found]
    return found


def validated(action_type: ActionType[P], params: Mapping[str, Any]) -> P:
    """The parameters as the action type's model, after their templates were rendered.

    Raises `ActionFailedError` (invalid_parameters, not retryable) with every problem in the message, and no value.
    """
    try:
        return action_type.params_model.model_validate(params)  # type: ignore[return-value]  # P is bound to its model
    except ValidationError as error:
        found = _problems(action_type, error, params=params, path="", is_rendered=True)
        text = " ".join(f"{problem.path or '/'}: {problem.message}" for problem in found)
    raise ActionFailedError("invalid_parameters", f"The parameters do not fit. {text}", is_retryable=False)


def templated_defaults(action_type: ActionType[Any]) -> dict[str, str]:
    """The defaults that are templates themselves. Put the given parameters over them, then render."""
    return {
        field.alias or name: field.default
        for name, field in action_type.params_model.model_fields.items()
        if _is_template(field.default)
    }


def with_defaults(action_type: ActionType[Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The given parameters over the defaults that are templates: what is to be rendered."""
    return {**templated_defaults(action_type), **params}


def _problems(
    action_type: ActionType[Any], error: ValidationError, *, params: Mapping[str, Any], path: str, is_rendered: bool
) -> Iterator[Problem]:
    """One problem for each place: the members of a union each have a say about it."""
    messages: dict[tuple[str, str], list[str]] = {}
    for item in error.errors(include_url=False):
        parts, leads_to_template = _place(item, params)
        if leads_to_template and not is_rendered and item["type"] not in _CODES:
            continue
        code = _CODES.get(item["type"], "invalid_parameter")
        said = messages.setdefault((pointers.join(path, *parts), code), [])
        message = _message(action_type, item, depth=len(parts), is_rendered=is_rendered)
        if message not in said:
            said.append(message)
    for (pointer, code), said in messages.items():
        yield Problem(pointer, code, " Or: ".join(said))


def _place(item: ErrorDetails, params: Mapping[str, Any]) -> tuple[list[str | int], bool]:
    """Where in the document an error is, and whether a template stands there or above.

    pydantic's location also names members of unions and validators, which the document does not have.
    """
    node: Any = params
    parts: list[str | int] = []
    for part in item["loc"]:
        child = _child(node, part)
        if child is not _ABSENT:
            node = child
        elif item["type"] != "missing" or part != item["loc"][-1]:
            continue
        parts.append(part)
        if _is_template(node):
            return parts, True
    return parts, False


def _child(node: Any, part: str | int) -> Any:
    if isinstance(node, Mapping):
        return node.get(part, _ABSENT)
    if isinstance(node, list | tuple) and isinstance(part, int) and part < len(node):
        return node[part]
    return _ABSENT


def _message(action_type: ActionType[Any], item: ErrorDetails, *, depth: int, is_rendered: bool) -> str:
    """What was expected and what kind of thing was found; never a rendered value, which may be a secret."""
    name = str(item["loc"][-1]) if item["loc"] else ""
    fields = {field.alias or key: field for key, field in action_type.params_model.model_fields.items()}
    if item["type"] == "missing":
        what = (fields[name].description or "") if depth == 1 and name in fields else ""
        return f"{name!r} is required{': ' if what else ''}{what.rstrip('.')}."
    if item["type"] == "extra_forbidden":
        guess = validation.did_you_mean(name, fields) or f" It takes {', '.join(fields)}."
        return f"{action_type.key} has no parameter {name!r}.{guess}" if depth == 1 else f"{name!r} is not known here."
    if item["type"] == "value_error":
        message = item["msg"].removeprefix("Value error, ").rstrip(".")
        return f"{message[:1].upper()}{message[1:]}."
    expected = _PARSED.sub("", item["msg"].removeprefix("Input should be ").rstrip("."))
    expected = _COUNTED.sub(r"\1", expected)
    for pythons, ours in _EXPECTED.items():
        expected = expected.replace(pythons, ours)
    return f"Expected {expected}; got {_found(item, is_rendered=is_rendered)}.{_closest(item) or _as_text(item)}"


def _found(item: ErrorDetails, *, is_rendered: bool) -> str:
    """What was found. As it was written, a number or one of several words is said; no secret is either."""
    value = item["input"]
    is_word = item["type"] == "literal_error" and isinstance(value, str) and len(value) <= MAX_SHOWN
    if not is_rendered and (is_word or (isinstance(value, int | float) and not isinstance(value, bool))):
        return repr(value)
    return kind(value)


def _as_text(item: ErrorDetails) -> str:
    is_structure = item["type"] == "string_type" and isinstance(item["input"], dict | list)
    return " The filter `json` makes text of it." if is_structure else ""


def _closest(item: ErrorDetails) -> str:
    if item["type"] != "literal_error" or not isinstance(item["input"], str):
        return ""
    return validation.did_you_mean(item["input"], _QUOTED.findall(item.get("ctx", {}).get("expected", "")))


def kind(value: object) -> str:
    """What kind of thing a value is, in the words of JSON: "a list"."""
    return _KINDS.get(type(value), type(value).__name__)


def _is_template(value: object) -> bool:
    return isinstance(value, str) and templates.is_template(value)
