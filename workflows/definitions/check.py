"""Everything that is wrong with a definition, at once: its shape, its types, its conditions, its templates.

Each part is looked at even when another is wrong, so nobody mends one problem to be told of the next.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from django.conf import settings
from pydantic import ValidationError

from actions import checking
from actions.registry import action_types
from core import validation
from core.errors import InvalidError, Problem
from core.expressions import conditions, templates
from triggers import resolving
from workflows.definitions import references
from workflows.definitions.document import NOT_YET, Definition
from workflows.definitions.references import Known

Json = dict[str, Any]

MAX_PROBLEMS = 100
MAX_TRIGGERS = 50


def check(document: Mapping[str, Any], known: Known) -> list[Problem]:
    """Every problem of a definition in canonical form, in the order shape, triggers, conditions, actions.

    `known` is what the workspace has that a definition may name. After `MAX_PROBLEMS` no more are looked for: nobody
    mends more at once, and a hostile document can have any number.
    """
    found = chain(
        _shape(document),
        _triggers(document.get("triggers"), known),
        _conditions(document, path="", known=known),
        _actions(document.get("actions"), known),
    )
    return [*islice(found, MAX_PROBLEMS)]


def _shape(document: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        Definition.model_validate(document)
    except ValidationError as error:
        for problem in validation.problems(error, model=Definition):
            yield _not_yet(problem) or problem


def _not_yet(problem: Problem) -> Problem | None:
    """The problem as a part of the format that this release refuses, if that is what it is."""
    if problem.code != "unknown_field":
        return None
    parts = problem.path.split("/")
    if parts[-1] not in NOT_YET.get(parts[1], ()):
        return None
    return Problem(problem.path, "not_supported", f"{parts[-1]!r} is not supported by this release; take it out.")


def _triggers(triggers: Any, known: Known) -> Iterator[Problem]:
    if triggers is None or triggers == []:
        yield Problem("/triggers", "missing", "A workflow needs a trigger, such as `trigger: lead.created`.")
    if isinstance(triggers, list) and len(triggers) > MAX_TRIGGERS:
        message = f"The workflow has {len(triggers)} triggers; at most {MAX_TRIGGERS} are accepted."
        yield Problem("/triggers", "too_many", message)
        return
    for path, part in _parts(triggers, "/triggers"):
        yield from _trigger_type(part, path=path)
        if isinstance(part.get("filters"), dict):
            yield from conditions.check_filters(part["filters"], path=f"{path}/filters")
        yield from _conditions(part, path=path, known=known)
    yield from _twice(triggers, "/triggers", "trigger")


def _trigger_type(part: Json, *, path: str) -> Iterable[Problem]:
    name, params = part.get("type"), part.get("params", {})
    if not isinstance(name, str) or not isinstance(params, dict):
        return ()  # the shape's problem
    try:
        resolving.resolve(name, params, path=path)
    except InvalidError as error:
        return error.problems
    return ()


def _conditions(part: Mapping[str, Any], *, path: str, known: Known) -> Iterator[Problem]:
    if part.get("conditions") is None:
        return
    found = conditions.check(part["conditions"], path=f"{path}/conditions")
    yield from found or references.check_conditions(part["conditions"], path=f"{path}/conditions", known=known)


def _actions(actions: Any, known: Known) -> Iterator[Problem]:
    if isinstance(actions, list) and len(actions) > settings.SEQUITUR_MAX_ACTIONS:
        yield Problem(
            "/actions",
            "too_many",
            f"The workflow has {len(actions)} actions; at most {settings.SEQUITUR_MAX_ACTIONS} are accepted.",
        )
        return
    if actions == []:
        yield Problem("/actions", "missing", "A workflow needs at least one action.")
    earlier: dict[str, str] = {}
    for path, part in _parts(actions, "/actions"):
        yield from _action(part, path=path, known=known, earlier=earlier)
        if isinstance(part.get("id"), str) and isinstance(part.get("type"), str):
            earlier[part["id"]] = part["type"]
    yield from _twice(actions, "/actions", "action")


def _action(part: Json, *, path: str, known: Known, earlier: Mapping[str, str]) -> Iterator[Problem]:
    name, params = part.get("type"), part.get("params", {})
    if not isinstance(name, str) or not isinstance(params, dict):
        return  # the shape's problem
    action_type = action_types.find(name)
    if action_type is None:
        guess = validation.did_you_mean(name, action_types.keys())
        yield Problem(f"{path}/type", "unknown_action_type", f"There is no action type {name!r}.{guess}")
    else:
        yield from checking.check_params(action_type, params, path=f"{path}/params")
        params = checking.with_defaults(action_type, params)
    found = templates.check_structure(params, path=f"{path}/params")
    yield from found
    if not found:
        yield from references.check(params, path=f"{path}/params", known=known, earlier=earlier)


def _parts(items: Any, path: str) -> Iterator[tuple[str, Json]]:
    if isinstance(items, list):
        for index, item in enumerate(items):
            if isinstance(item, dict):
                yield f"{path}/{index}", item


def _twice(items: Any, path: str, what: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for where, part in _parts(items, path):
        key = part.get("id")
        if isinstance(key, str) and key in seen:
            yield Problem(f"{where}/id", "duplicate_id", f"Another {what} has the id {key!r}; ids are unique.")
        elif isinstance(key, str):
            seen.add(key)
