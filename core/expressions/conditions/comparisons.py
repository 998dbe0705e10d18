"""What can be wrong with one comparison: its field, its operator, its value."""

from collections.abc import Iterator
from typing import Any

from core import pointers
from core.errors import Problem
from core.expressions import paths, templates
from core.expressions.operators import OPERATORS, REQUIRED, suggest


def check_field(field: Any, *, at: str) -> Iterator[Problem]:
    """What is wrong with the path that is compared."""
    if not isinstance(field, str):
        yield Problem(at, "invalid_path", "`field` must be a path such as `lead.score`.")
        return
    try:
        path = paths.parse(field)
    except paths.InvalidPathError as error:
        yield Problem(at, error.code, error.detail)
    else:
        yield from _no_secret(path, at=at)


def check_operator(name: Any, *, at: str) -> Iterator[Problem]:
    """What is wrong with the name of an operator."""
    if isinstance(name, str) and name in OPERATORS:
        return
    meant = suggest(name) if isinstance(name, str) else None
    hint = f", did you mean `{meant}`?" if meant else f"; there are {', '.join(OPERATORS.keys())}."
    yield Problem(at, "unknown_operator", f"There is no operator `{name}`{hint}")


def check_value(document: dict[str, Any], *, at: str) -> Iterator[Problem]:
    """What is wrong with the value, for the operator that stands beside it; nothing when there is no such operator."""
    operator = OPERATORS.find(document["operator"]) if isinstance(document["operator"], str) else None
    if operator is None:
        return
    value = document.get("value", operator.default)
    place = pointers.join(at, "value")
    if value is REQUIRED:
        yield Problem(at, "missing_value", f"`value` is missing: what should `{operator.name}` compare with?")
    elif templates.has_templates(value):
        yield from templates.check_structure(value, path=place)
        for reference in templates.references_in(value, path=place):
            yield from _no_secret(reference.path, at=reference.pointer)
    elif wrong := operator.check(value):
        yield Problem(place, "invalid_value", f"The value of `{operator.name}` {wrong}.")


def _no_secret(path: paths.Path, *, at: str) -> Iterator[Problem]:
    if path.root == "secrets":  # an explanation shows the values that were compared
        yield Problem(at, "secret_not_allowed", "Secrets can be used in the parameters of actions, not in conditions.")
