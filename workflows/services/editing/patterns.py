"""Write patterns: checked as the trigger of a definition is, and followed at once by everybody who names them."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from django.db import IntegrityError, transaction

from core import names, preconditions, tenancy
from core.errors import ConflictError, InvalidError, Problem
from core.models import Role
from core.preconditions import Expected
from core.services import audit, room
from triggers import resolving
from triggers.models import Pattern
from triggers.services import catalogue
from workflows.definitions import check, shorthand
from workflows.models import Workflow
from workflows.selectors import patterns as selectors
from workflows.selectors import workflows as workflow_selectors
from workflows.services.editing import triggers

Json = dict[str, Any]

SAID = ("name", "description", "type", "params", "filters", "conditions", "is_active")
_TRIGGER = ("type", "params", "filters", "conditions")
_OWN = "/triggers/0"


def create(wanted: Mapping[str, Any], *, workflow: Workflow | None = None, role: Role, by: str) -> Pattern:
    """Store a pattern; with a `workflow`, add a trigger that names it to that workflow's draft. `wanted`: see `SAID`.

    Raises `InvalidError` with every problem, and `ConflictError` for a name that is taken, and `FullError`.
    """
    row = Pattern(workspace_id=tenancy.current_workspace_id(), edited_by=by[:200])
    _set(row, wanted, role=role)
    with transaction.atomic():
        room.make("max_patterns")
        _save(row, is_new=True)
        _audit("created", row, by=by, after=audit.shown(_said(row)))
        if workflow is not None:
            triggers.create(workflow, {"type": "pattern", "params": {"pattern": row.name}}, role=role, by=by)
    return row


def change(
    pattern: Pattern, changes: Mapping[str, Any], *, role: Role, by: str, expected: Expected | None = None
) -> Pattern:
    """Change a pattern. All who name it follow in the same transaction: what they listen to is new from its commit on.

    Raises as `create` does, `ConflictError` for another name while it is in use, and `PreconditionFailedError`.
    Concurrency: the row is locked before what listens.
    """
    with transaction.atomic():
        row = Pattern.objects.select_for_update(no_key=True).get(pk=pattern.pk)
        _check_expected(row, expected)
        before = _said(row)
        _set(row, {**before, **changes}, role=role)
        if _said(row) == before:
            return row
        if row.name != before["name"]:
            catalogue.lock()
            _refuse_used(before["name"], "keeps its name")
        row.revision, row.edited_by = row.revision + 1, by[:200]
        _save(row, is_new=False)
        followed = catalogue.follow_pattern(row.name)
        after = {**audit.shown(_said(row)), "triggers": followed}
        _audit("updated", row, by=by, before=audit.shown(before), after=after)
    return row


def delete(pattern: Pattern, *, by: str, expected: Expected | None = None) -> None:
    """Delete a pattern that no workflow names. Raises `ConflictError` that says which do, and
    `PreconditionFailedError`. Concurrency: whoever publishes a use of it meanwhile finds it gone, and is told."""
    with transaction.atomic():
        row = Pattern.objects.select_for_update(no_key=True).get(pk=pattern.pk)
        _check_expected(row, expected)
        catalogue.lock()
        _refuse_used(row.name, "cannot be deleted")
        _audit("deleted", row, by=by, before=audit.shown(_said(row)))
        row.delete()


def state(row: Pattern) -> str:
    """The state of what people edit, as `expected` names it and an `ETag` begins with it."""
    return f"r{row.revision}"


def _check_expected(row: Pattern, expected: Expected | None) -> None:
    preconditions.check(expected, state(row), by=row.edited_by, at=row.updated_at)


def _refuse_used(name: str, what: str) -> None:
    users = [each.workflow.name for each in selectors.uses(name, limit=4)]
    if users:
        named = ", ".join(f"{each!r}" for each in users[:3]) + (" and others" if len(users) > 3 else "")
        raise ConflictError(f"The pattern {name!r} {what} while workflows name it: {named}. Nothing was changed.")


def _set(row: Pattern, wanted: Mapping[str, Any], *, role: Role) -> None:
    """Write what is wanted into the row, in canonical form. Raises `InvalidError` with every problem."""
    given = {name: wanted[name] for name in _TRIGGER if wanted.get(name) not in (None, {}, [])}
    document = shorthand.normalise({"name": "x", "triggers": [given], "actions": [_ACTION]})
    found = [*_problems(document, role=role)]
    if wanted["name"] != row.name and (said := names.problem(wanted["name"])):
        found.insert(0, Problem("/name", "invalid", said))
    if found:
        raise InvalidError(f"The pattern has {len(found)} problem(s); nothing was changed.", problems=found)
    part = document["triggers"][0]
    row.name, row.description = wanted["name"], wanted.get("description", "")
    row.type, row.params, row.filters = part["type"], part.get("params", {}), part.get("filters", {})
    row.conditions, row.is_active = part.get("conditions"), wanted.get("is_active", True)
    row.event_type = resolving.resolve(row.type, row.params).event_type


_ACTION = {"type": "log_event", "params": {"message": "x"}}  # a definition has one


def _problems(document: Json, *, role: Role) -> Iterator[Problem]:
    for each in check.check(document, workflow_selectors.known(None, role=role)):
        if each.path.startswith(_OWN):
            yield Problem(each.path.removeprefix(_OWN), each.code, each.message)
    part = document["triggers"][0]
    with suppress(InvalidError):  # which was told
        resolved = resolving.resolve(part["type"], part.get("params", {}))
        if not (resolved.event_type or resolved.trigger_type.is_shareable):
            message = (
                f"A pattern is about events that anybody may listen to; {part['type']!r} has its own, or none. "
                "Name the type of an event, or a trigger type that listens to such."
            )
            yield Problem("/type", "not_a_pattern", message)


def _save(row: Pattern, *, is_new: bool) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=is_new, force_update=not is_new)
    except IntegrityError:
        first = Pattern.objects.filter(name__iexact=row.name).first()
        known = "" if first is None else f" Its id is {first.pk}."
        raise ConflictError(f"There is a pattern named {row.name!r} already.{known}") from None


def _said(row: Pattern) -> Json:
    return {name: getattr(row, name) for name in SAID}


def _audit(what: str, row: Pattern, *, by: str, before: Json | None = None, after: Json | None = None) -> None:
    audit.record(f"pattern.{what}", by=by, target="pattern", target_id=row.pk, before=before, after=after)
