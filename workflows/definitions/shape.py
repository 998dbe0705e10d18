"""What is wrong with the shape of a definition: parts that are missing, unknown, or of the wrong kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from core import pointers, validation
from core.errors import Problem
from workflows.definitions import outline
from workflows.definitions.document import ActionPart, Definition


def check(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Every problem of the whole definition, but for actions nested in the parameters of others."""
    return _check(document, model=Definition, path="")


def check_action(part: Any, *, path: str) -> Iterator[Problem]:
    """Every problem of one nested action."""
    return _check(part, model=ActionPart, path=path)


def _check(part: Any, *, model: type[BaseModel], path: str) -> Iterator[Problem]:
    try:
        model.model_validate(part)
    except ValidationError as error:
        for problem in validation.problems(error, model=model, path=path):
            yield _misplaced(problem, part, path) or problem


def _misplaced(problem: Problem, part: Any, path: str) -> Problem | None:
    """The problem as a parameter that stands beside `params` and not in it, if that is what it is."""
    if problem.code != "unknown_field":
        return None
    *way, name = pointers.split(problem.path.removeprefix(path))
    for step in way:
        part = part[int(step)] if isinstance(part, list | tuple) else part[step]
    found = outline.type_of(part) if isinstance(part, dict) else None
    if found is None or name not in {field.alias or key for key, field in found.params_model.model_fields.items()}:
        return None
    return Problem(problem.path, "unknown_field", f"{name!r} is a parameter of {found.key}; write it in `params`.")
