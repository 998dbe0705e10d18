"""What is wrong with the actions of a document, nested ones included, each at its place."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.conf import settings

from core.errors import Problem
from core.expressions import conditions, instants, templates
from workflows.definitions import calls, graphs, notifications, outline, references, shape
from workflows.definitions.calls import Setting
from workflows.definitions.outline import Outline, Place
from workflows.definitions.references import Names
from workflows.definitions.sight import Sight
from workflows.types.base import ControlType


def check(actions: Any, setting: Setting) -> Iterator[Problem]:
    """Every problem of the actions and of how they follow each other."""
    whole = outline.build(actions)
    count = max(len(whole.places), len(actions) if isinstance(actions, list) else 0)
    if count > settings.SEQUITUR_MAX_ACTIONS:
        limit = settings.SEQUITUR_MAX_ACTIONS
        yield Problem("/actions", "too_many", f"The workflow has {count} actions; at most {limit} are accepted.")
        return
    if actions == []:
        yield Problem("/actions", "missing", "A workflow needs at least one action.")
    sight = Sight(whole, known=setting.known)
    for place in whole.places:
        yield from _action(place, sight.at(place), setting)
    yield from _too_deep(whole)
    yield from _twice(whole)
    for graph in sight.graphs.values():
        yield from graphs.check(graph, whole)


def _action(place: Place, names: Names, setting: Setting) -> Iterator[Problem]:
    yield from _if(place, names)
    yield from _run_at(place, names)
    yield from _for_each(place, names)
    inside = replace(names, loops=names.loops + place.has_for_each, has_secrets=True)
    reported = set()
    for problem in calls.check(place.part, path=place.path, names=inside, setting=setting):
        reported.add(problem.path)
        yield problem
    yield from _bodies(place, reported=reported)
    yield from _undo(place, inside, setting)
    own = {place.key: place.part} if place.key is not None else {}
    told = replace(inside, actions={**inside.actions, **own})
    yield from notifications.check(place.part.get("notifications"), path=f"{place.path}/notifications", names=told)


def _if(place: Place, names: Names) -> Iterator[Problem]:
    document, path = place.part.get("if"), f"{place.path}/if"
    if document is not None:
        found = conditions.check(document, path=path)
        yield from found or references.check_conditions(document, path=path, names=names)


def _run_at(place: Place, names: Names) -> Iterator[Problem]:
    written, path = place.part.get("run_at"), f"{place.path}/run_at"
    if not isinstance(written, str):
        return
    if templates.is_template(written):
        yield from calls.check_templates(written, path=path, names=names)
    elif instants.parse(written) is None:
        message = "Expected an instant such as 2026-01-31T09:00:00Z, or a template that gives one."
        yield Problem(path, "invalid", message)


def _for_each(place: Place, names: Names) -> Iterator[Problem]:
    path = f"{place.path}/for_each"
    if not place.has_for_each:
        found = outline.type_of(place.part)
        if isinstance(found, ControlType) and found.requires_for_each:
            message = f"{found.key!r} needs `for_each`: the list whose items it goes through."
            yield Problem(path, "missing", message)
        return
    written = place.part["for_each"]
    items = written.get("items") if isinstance(written, dict) else None
    if isinstance(items, list) and len(items) > settings.SEQUITUR_MAX_ITEMS:
        message = f"There are {len(items):,} items; at most {settings.SEQUITUR_MAX_ITEMS:,} are accepted."
        yield Problem(f"{path}/items", "too_many", message)
    elif isinstance(items, str | list):
        is_right = True
        for problem in calls.check_templates(items, path=f"{path}/items", names=names):
            is_right = False
            yield problem
        if is_right and isinstance(items, str) and not _is_expression(items):
            message = "Expected a list, or exactly one expression that gives one, such as `{{ order.lines }}`."
            yield Problem(f"{path}/items", "invalid", message)


def _is_expression(text: str) -> bool:
    return templates.is_template(text) and templates.compile(text).is_single


def _bodies(place: Place, *, reported: set[str]) -> Iterator[Problem]:
    """The shape of nested actions; not of those that the type itself has refused."""
    for pointer, actions in outline.bodies_of(place.part).items():
        path = f"{place.path}/params{pointer}"
        if path in reported:
            continue
        if not isinstance(actions, list):
            yield Problem(path, "invalid", "Expected a list of actions.")
        elif not actions:
            yield Problem(path, "missing", "The list needs at least one action.")
        elif place.body.depth < outline.MAX_DEPTH:
            for index, part in enumerate(actions):
                if (where := f"{path}/{index}") not in reported:
                    yield from shape.check_action(part, path=where)


def _undo(place: Place, names: Names, setting: Setting) -> Iterator[Problem]:
    """What makes an action undone sees what the action saw, and its output; with `for_each`, that of the one item."""
    undo, path = place.part.get("undo"), f"{place.path}/undo"
    if not isinstance(undo, dict):
        return
    own = {place.key: {**place.part, "for_each": None}} if place.key is not None else {}
    yield from calls.check(undo, path=path, names=replace(names, actions={**names.actions, **own}), setting=setting)
    if outline.bodies_of(undo):
        message = f"{undo['type']!r} holds other actions; what makes an action undone is one."
        yield Problem(f"{path}/type", "not_supported", message)


def _too_deep(whole: Outline) -> Iterator[Problem]:
    for place in whole.too_deep:
        message = f"Actions are nested more than {outline.MAX_DEPTH} levels deep; start another workflow instead."
        yield Problem(f"{place.path}/params", "too_deep", message)


def _twice(whole: Outline) -> Iterator[Problem]:
    for place in whole.places:
        if place.key is not None and whole.by_key[place.key] is not place:
            message = f"Another action has the id {place.key!r}; ids are unique, nested actions included."
            yield Problem(f"{place.path}/id", "duplicate_id", message)
