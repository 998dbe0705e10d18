"""Change one trigger through `triggers/`: an edit of the draft of its workflow, which stays the only place that says
what starts it. ADR 0042 says why.

Everything here is done under the lock of the workflow, and so before that of what listens.
"""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from django.db import transaction

from core.errors import ConflictError, InvalidError, Problem
from core.models import Role
from core.preconditions import Expected
from core.services import audit
from triggers.models import Trigger
from triggers.selectors.triggers import part_of
from triggers.services import catalogue
from workflows.definitions import check, shorthand
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow
from workflows.selectors import workflows as selectors
from workflows.services import workflows

Json = dict[str, Any]

_NOT_ITS_OWN = frozenset({"missing_action"})  # what the rest of the definition has still to be given
_NAMES = {"id": "key", "active": "is_active"}  # of the definition, as the API has them


def create(workflow: Workflow, wanted: Mapping[str, Any], *, role: Role, by: str) -> Trigger:
    """Add a trigger to the draft; it listens when that is published. `wanted` are members of a trigger of a definition;
    without an `id` it is given the first that no trigger of the workflow ever had.

    Raises `InvalidError` with every problem of the trigger (its paths are those of the request), and `ConflictError`
    for an id that is taken or an archived workflow.
    """
    keys: list[str] = []

    def write(row: Workflow) -> Json:
        key = wanted.get("id") or _free_key(row)
        if part_of(row.draft.get("triggers"), key) is not None:
            raise ConflictError(f"The workflow has a trigger {key!r} already.")
        draft = _with(row, [*_parts(row), {"id": key, **wanted}])
        keys.append(draft["triggers"][-1]["id"])
        _refuse(row, draft, len(draft["triggers"]) - 1, role=role)
        return draft

    with transaction.atomic():
        row = workflows.change(workflow, write, by=by)
        part = part_of(row.draft["triggers"], keys[-1]) or {}
        trigger, _ = Trigger.objects.get_or_create(
            workflow=row,
            key=keys[-1],
            defaults={"workspace_id": row.workspace_id, "type": part["type"], "is_active": False},
        )
        _audit("created", trigger, by=by, after=part)
    return trigger


def change(
    trigger: Trigger,
    changes: Mapping[str, Any],
    *,
    is_enabled: bool | None = None,
    role: Role,
    by: str,
    expected: Expected | None = None,
) -> None:
    """Change a trigger of the draft: members that are given replace what is there, None takes one away.

    A switch holds at once where the trigger is published: `active` among the changes, or `is_enabled` alone, which
    leaves the draft as it is. Raises as `create` does, `ConflictError` when the draft has no such trigger (any more),
    and `PreconditionFailedError` when it is not as expected (`catalogue.state`).
    """
    is_on = changes.get("active", True) if "active" in changes else is_enabled

    def write(row: Workflow, part: Json) -> Json:
        others = {**part, **{name: value for name, value in changes.items() if name != "active"}}
        switch = {"active": False} if changes.get("active", part.get("active", True)) is False else {"active": None}
        new = {name: value for name, value in {**others, **switch}.items() if value is not None}
        draft = _with(row, [new if each == part else each for each in _parts(row)])
        _refuse(row, draft, _parts(row).index(part), role=role)
        return draft

    with transaction.atomic():
        if changes:
            _edit(trigger, write, what="updated", by=by, expected=expected)
        if is_on is not None:
            _switch(trigger, is_enabled=is_on, by=by, expected=None if changes else expected, must=not changes)


def delete(trigger: Trigger, *, by: str, expected: Expected | None = None) -> None:
    """Take a trigger out of the draft. One that was published listens no more from now on, and is gone when the draft
    is published; one that never was is gone at once. Raises `ConflictError` for an archived workflow, and
    `PreconditionFailedError` when it is not as expected."""

    def write(row: Workflow, part: Json) -> Json:
        return _with(row, [each for each in _parts(row) if each != part])

    with transaction.atomic():
        row = workflows.locked(trigger.workflow)
        if part_of(row.draft.get("triggers"), trigger.key) is not None:
            _edit(trigger, write, what="deleted", by=by, expected=expected)
            expected = None
        _switch(trigger, is_enabled=False, by=by, expected=expected, must=False)
        Trigger.objects.filter(pk=trigger.pk, version=None).delete()


def _edit(
    trigger: Trigger, write: Callable[[Workflow, Json], Json], *, what: str, by: str, expected: Expected | None
) -> None:
    told: list[Json] = []

    def written(row: Workflow) -> Json:
        part = part_of(row.draft.get("triggers"), trigger.key)
        _check_expected(trigger, part, expected)
        if part is None:
            raise ConflictError(
                f"The draft of the workflow has no trigger {trigger.key!r} (any more); nothing was done."
            )
        told.append(part)
        return write(row, part)

    row = workflows.change(trigger.workflow, written, by=by)
    after = part_of(row.draft.get("triggers"), trigger.key)
    if after is not None and trigger.version_id is None:
        Trigger.objects.filter(pk=trigger.pk, version=None).update(type=after["type"])
    if after != told[-1]:
        _audit(what, trigger, by=by, before=told[-1], after=after)


def _switch(trigger: Trigger, *, is_enabled: bool, by: str, expected: Expected | None, must: bool) -> None:
    """Let a published trigger listen or not, at once. Any other follows the draft: `ConflictError` if it `must`."""
    workflow = workflows.locked(trigger.workflow)
    row = Trigger.objects.get(pk=trigger.pk)
    _check_expected(row, part_of(workflow.draft.get("triggers"), row.key), expected)
    if row.version_id is None or row.version_id != workflow.active_version_id:
        if must:
            raise ConflictError(f"The trigger {row.key!r} is not published: `is_active` changes it in the draft.")
        return
    catalogue.enable(row, is_enabled=is_enabled, is_listening=workflow.status == WorkflowStatus.ACTIVE)
    if row.is_enabled != is_enabled:
        _audit("enabled" if is_enabled else "disabled", row, by=by)


def _check_expected(trigger: Trigger, part: Json | None, expected: Expected | None) -> None:
    if expected is not None:
        row = Trigger.objects.get(pk=trigger.pk)
        expected.check(catalogue.state(row, part), at=row.updated_at)


def _parts(row: Workflow) -> list[Any]:
    """The triggers of the draft. Raises `InvalidError` when they cannot be read."""
    found = row.draft.get("triggers", [])
    if not isinstance(found, list) or "nodes" in row.draft:
        message = "The draft of the workflow cannot be read; mend it first."
        raise InvalidError(message, problems=[Problem("/workflow", "invalid", message)])
    return found


def _with(row: Workflow, parts: list[Any]) -> Json:
    """The draft with these triggers, in canonical form; they stand where they stood, or before what they start."""
    draft = {**row.draft, "triggers": parts}
    if "triggers" not in row.draft:
        after = [name for name in ("name", "description") if name in row.draft]
        draft = {name: draft[name] for name in (*after, "triggers", *row.draft) if name in draft}
    return shorthand.normalise(draft)


def _free_key(row: Workflow) -> str:
    taken = set(Trigger.objects.filter(workflow=row).values_list("key", flat=True))
    taken |= {each["id"] for each in _parts(row) if isinstance(each, dict) and isinstance(each.get("id"), str)}
    return next(key for number in count(1) if (key := f"t{number}") not in taken)


def _refuse(row: Workflow, draft: Json, place: int, *, role: Role) -> None:
    """Raises `InvalidError` for what is wrong with the trigger at this place, and with having one more."""
    own, whole = f"/triggers/{place}", ("", "/triggers")
    found = [
        Problem(_path(each.path, own), each.code, each.message)
        for each in check.check(draft, selectors.known(row, role=role))
        if (each.path == own or each.path.startswith(f"{own}/") or each.path in whole) and each.code not in _NOT_ITS_OWN
    ]
    if found:
        raise InvalidError(f"The trigger has {len(found)} problem(s); nothing was changed.", problems=found)


def _path(path: str, own: str) -> str:
    """The pointer into the request for one into the draft."""
    inner = path.removeprefix(own) if path.startswith(own) else ""
    first, slash, rest = inner.removeprefix("/").partition("/")
    return f"/{_NAMES.get(first, first)}{slash}{rest}" if inner else ""


def _audit(what: str, trigger: Trigger, *, by: str, before: Json | None = None, after: Json | None = None) -> None:
    named = {"workflow": str(trigger.workflow_id), "key": trigger.key}
    audit.record(
        f"trigger.{what}",
        by=by,
        target="trigger",
        target_id=trigger.pk,
        before=before and audit.shown(before),
        after={**named, "trigger": audit.shown(after)} if after else named,
    )
