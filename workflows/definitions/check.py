"""Everything that is wrong with a definition, at once: its shape, its types, its conditions, its templates.

Each part is looked at even when another is wrong, so nobody mends one problem to be told of the next.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any

from core import validation
from core.errors import InvalidError, Problem
from core.expressions import conditions, templates
from triggers import resolving
from triggers.resolving import Resolved
from workflows.definitions import calls, flow_check, notifications, outline, places, react_flow, references, shape
from workflows.definitions.calls import Setting
from workflows.definitions.references import Known, Names

Json = dict[str, Any]

MAX_PROBLEMS = 100
MAX_TRIGGERS = 50
MAX_TEMPLATES = 1_000  # reading one takes about a millisecond, and who saves a draft waits for all
MAX_CHARACTERS = 50_000  # of all expressions: a template may hold hundreds of short ones, and each takes its time


def check(document: Mapping[str, Any], known: Known) -> list[Problem]:
    """Every problem of a definition in canonical form, in the order shape, triggers, conditions, settings,
    actions.

    `known` is what the workspace has that a definition may name. After `MAX_PROBLEMS` no more are looked for: nobody
    mends more at once, and a hostile document can have any number.
    """
    if problem := _too_many(document):  # before any of them is read
        return [problem]
    setting = _setting(document, known)
    if react_flow.is_graph(document):  # it could not be read when it was saved
        return [*_graph(document)[:MAX_PROBLEMS]]
    found = chain(
        shape.check(document),
        _triggers(document.get("triggers"), document.get("actions"), known),
        _conditions(document, path="", known=known),
        flow_check.check_overlaps(document.get("settings"), _parts(document.get("triggers"), "/triggers")),
        _settings(document.get("settings"), document.get("actions"), setting),
        places.check(document.get("actions"), setting),
    )
    return [*dict.fromkeys(islice(found, MAX_PROBLEMS))]  # two templates of one text may be wrong in the same way


def _too_many(document: Mapping[str, Any]) -> Problem | None:
    with suppress(templates.TemplateError):  # too deep, which the shape says
        if (number := templates.count(document)) > MAX_TEMPLATES:
            message = f"The definition has {number:,} templates; at most {MAX_TEMPLATES:,} are accepted."
            return Problem("", "too_many", message)
        if (number := templates.count_characters(document)) > MAX_CHARACTERS:
            message = (
                f"The expressions of all templates have {number:,} characters; at most {MAX_CHARACTERS:,} are read."
            )
            return Problem("", "too_many", message)
    return None


def _graph(document: Mapping[str, Any]) -> Sequence[Problem]:
    try:
        react_flow.from_graph(document)
    except InvalidError as error:
        return error.problems
    return [Problem("/actions", "missing", "This is a graph that was not brought into canonical form.")]


def _setting(document: Mapping[str, Any], known: Known) -> Setting:
    name = document.get("name")
    itself = {*known.itself, name} if isinstance(name, str) else known.itself
    triggers = _parts(document.get("triggers"), "/triggers", at_most=MAX_TRIGGERS)
    listens_to = [pattern for _, part in triggers for pattern in _listens_to(part, known)]
    return Setting(known, frozenset(each.lower() for each in itself), tuple(listens_to))


def _listens_to(trigger: Json, known: Known) -> Iterator[str]:
    """The patterns of the events that a trigger decides on; none for one that is not valid."""
    with suppress(InvalidError):
        if isinstance(trigger.get("type"), str) and isinstance(params := trigger.get("params", {}), dict):
            resolved = resolving.resolve(trigger["type"], params)
            named = resolved.trigger_type.patterns(resolved.params).values()
            have = known.patterns() if named else {}
            yield from resolved.fed_by
            yield from chain.from_iterable(have.get(name, ()) for name in named)


def _settings(written: Any, actions: Any, setting: Setting) -> Iterator[Problem]:
    name = written.get("on_failure") if isinstance(written, dict) else None
    if isinstance(name, str):
        yield from calls.check_workflow(name, path="/settings/on_failure", setting=setting)
    yield from flow_check.check(written, path="/settings", names=Names(setting.known, has_run=False))
    told = written.get("notifications") if isinstance(written, dict) else None
    whole = outline.build(actions) if told else None
    seen = {place.key: place.part for place in whole.places if place.key} if whole else {}
    names = Names(setting.known, actions=seen)
    yield from notifications.check(told, path="/settings/notifications", names=names)


def _triggers(triggers: Any, actions: Any, known: Known) -> Iterator[Problem]:
    if triggers is None or triggers == []:
        yield Problem(
            "/triggers",
            "missing",
            "A workflow needs a trigger, such as `trigger: lead.created`; "
            "one that only people or other workflows start has `trigger: manual`.",
        )
    if isinstance(triggers, list) and len(triggers) > MAX_TRIGGERS:
        message = f"The workflow has {len(triggers)} triggers; at most {MAX_TRIGGERS} are accepted."
        yield Problem("/triggers", "too_many", message)
        return
    for path, part in _parts(triggers, "/triggers"):
        yield from _trigger_type(part, path=path, actions=actions, known=known)
        if isinstance(part.get("filters"), dict):
            yield from conditions.check_filters(part["filters"], path=f"{path}/filters")
        yield from _conditions(part, path=path, known=known)
    yield from _twice(triggers)


def _trigger_type(part: Json, *, path: str, actions: Any, known: Known) -> Iterable[Problem]:
    name, params = part.get("type"), part.get("params", {})
    if not isinstance(name, str) or not isinstance(params, dict):
        return ()  # the shape's problem
    try:
        resolved = resolving.resolve(name, params, path=path)
    except InvalidError as error:
        return error.problems
    return _around(resolved, path=f"{path}/params", actions=actions, known=known)


def _around(resolved: Resolved, *, path: str, actions: Any, known: Known) -> Iterator[Problem]:
    """What a trigger with valid parameters names and the workspace, or the workflow, does not have."""
    for pointer, names in resolved.trigger_type.secrets(resolved.params).items():
        for name in names:
            if name not in known.secrets:
                guess = validation.did_you_mean(name, known.secrets)
                message = f"The workspace has no secret {name!r}.{guess}"
                yield Problem(f"{path}{pointer}", "unknown_secret", message)
    for pointer, name in resolved.trigger_type.patterns(resolved.params).items():
        if name not in (have := known.patterns()):
            guess = validation.did_you_mean(name, have)
            yield Problem(f"{path}{pointer}", "unknown_pattern", f"The workspace has no pattern {name!r}.{guess}")
    yield from known.of_trigger(resolved, path)
    answered_by = resolved.trigger_type.answered_by(resolved.params)
    if answered_by and not any(place.part.get("type") == answered_by for place in outline.build(actions).places):
        message = f"The sender is to be answered by an action of type {answered_by!r}, and the workflow has none."
        yield Problem(path, "missing_action", message)


def _conditions(part: Mapping[str, Any], *, path: str, known: Known) -> Iterator[Problem]:
    if part.get("conditions") is None:
        return
    found = conditions.check(part["conditions"], path=f"{path}/conditions")
    names = Names(known, has_run=False)
    yield from found or references.check_conditions(part["conditions"], path=f"{path}/conditions", names=names)


def _parts(items: Any, path: str, *, at_most: int | None = None) -> Iterator[tuple[str, Json]]:
    if isinstance(items, list):
        for index, item in enumerate(items[:at_most]):
            if isinstance(item, dict):
                yield f"{path}/{index}", item


def _twice(triggers: Any) -> Iterator[Problem]:
    seen: set[str] = set()
    for where, part in _parts(triggers, "/triggers"):
        key = part.get("id")
        if isinstance(key, str) and key in seen:
            yield Problem(f"{where}/id", "duplicate_id", f"Another trigger has the id {key!r}; ids are unique.")
        elif isinstance(key, str):
            seen.add(key)
