"""Turn what pydantic found wrong with a document into our problems: JSON pointers, stable codes, sentences."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core import pointers
from core.errors import InvalidError, Problem
from core.suggestions import closest

B = TypeVar("B", bound=BaseModel)


def parse(model: type[B], document: Mapping[str, Any], *, detail: str = "The request is not valid.") -> B:
    """The document as `model`. Raises `InvalidError` with every problem."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidError(detail, problems=problems(error, model=model)) from None


def problems(
    error: ValidationError, *, model: type[BaseModel], path: str = "", shows_values: bool = True
) -> list[Problem]:
    """One problem for each error, in the order of the document, with paths below `path`.

    What was found in a field with `repr=False` is not shown; without `shows_values`, nothing that was found is.
    """
    items = error.errors(include_url=False)
    return [_problem(item, model=model, path=path, shows_value=shows_values) for item in items]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?`, or nothing when no known word is close."""
    meant = closest(word, known)
    return f" Did you mean {meant!r}?" if meant else ""


def _problem(item: ErrorDetails, *, model: type[BaseModel], path: str, shows_value: bool) -> Problem:
    location: Sequence[object] = item["loc"]
    where = pointers.join(path, *map(str, location))
    name = str(location[-1]) if location else ""
    match item["type"]:
        case "missing":
            return Problem(where, "missing", f"{name!r} is missing; it is required.")
        case "extra_forbidden":
            part = _part(model, location)
            known = _names(part) if part is not None else ()
            guess = did_you_mean(name, known) or (f" There are {', '.join(known)}." if known else "")
            return Problem(where, "unknown_field", f"{name!r} is not known here.{guess}")
    message = _expected_form(item, model) or _in_plain_words(item["msg"])
    is_said = _shown(item["input"]) in message or not shows_value or _is_secret(model, location)
    found = "" if is_said else f"; got {_shown(item['input'])}"
    return Problem(where, "invalid", f"{message[:1].upper()}{message[1:]}{found}.")


def _expected_form(item: ErrorDetails, model: type[BaseModel]) -> str:
    """What a field says about itself, in the place of a pattern that few people read; nothing for other errors."""
    if item["type"] != "string_pattern_mismatch":
        return ""
    name = str(item["loc"][-1]) if item["loc"] else ""
    fields = getattr(_part(model, item["loc"]), "model_fields", {})
    described = next((field.description for key, field in fields.items() if name in (key, field.alias)), None)
    return f"It does not have the form that is expected: {described.rstrip('.')}" if described else ""


_PLAIN_WORDS = (
    ("Value error, ", ""),
    (", unable to parse string as an integer", ""),
    (", unable to parse string as a number", ""),
    ("a valid integer", "a whole number"),
    ("a valid number", "a number"),
    ("Input should", "It should"),
    ("a valid dictionary", "an object: {...}"),
    ("a valid tuple", "a list: [...]"),
    ("a valid list", "a list: [...]"),
    ("a valid string", "text"),
    ("a valid boolean", "true or false"),
    ("String should", "The text should"),
)


_CLASS = re.compile(r" or instance of \w+")
_COUNTED = re.compile(r"^(?:List|Dictionary|Tuple|Set|Value) should (have .*?)(?: after validation, not .*)?$")


def _in_plain_words(message: str) -> str:
    """Pydantic's message without the words of Python."""
    for theirs, ours in _PLAIN_WORDS:
        message = message.replace(theirs, ours)
    return _CLASS.sub("", _COUNTED.sub(r"It should \1", message))


def _part(model: type[BaseModel], location: Sequence[object]) -> type[BaseModel] | None:
    """The model of the part in which the last of the location stands; None where no single model says what it holds."""
    part: type[BaseModel] | None = model
    for step in location[:-1]:
        if isinstance(step, int):
            continue
        fields = part.model_fields if part is not None else {}
        inner = next((_models(field.annotation) for name, field in fields.items() if step in (name, field.alias)), [])
        part = inner[0] if len(inner) == 1 else None
    return part


def _models(annotation: object) -> list[type[BaseModel]]:
    """The models in an annotation such as `Part | None` or `tuple[Part, ...]`; not those that stand in a mapping."""
    if isinstance(annotation, type) and not get_args(annotation):
        return [annotation] if issubclass(annotation, BaseModel) else []
    if get_origin(annotation) is dict:
        return []
    return [model for inner in get_args(annotation) for model in _models(inner)]


def _names(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _is_secret(model: type[BaseModel], location: Sequence[object]) -> bool:
    field = model.model_fields.get(str(location[0])) if location else None
    return field is not None and not field.repr


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
