"""Write workflows: drafts, and the versions that are made of them."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from core import names, preconditions, tenancy
from core.errors import ConflictError, InvalidError, Problem
from core.models import Role
from core.preconditions import Expected
from core.services import audit, room
from triggers import resolving
from triggers.services import catalogue
from triggers.services.catalogue import TriggerSpec
from workflows.definitions import check, merge_patch, react_flow, shorthand
from workflows.definitions.document import Definition, TriggerPart
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow, WorkflowVersion
from workflows.selectors import workflows as selectors
from workflows.services.flow import circuits
from workflows.services.regression import running as regression

Json = dict[str, Any]

MAX_REASON_CHARACTERS = 2000
RESERVED_SLUGS = frozenset({"import"})  # a word of the API


def create(definition: Mapping[str, Any], *, name: str = "", by: str = "") -> Workflow:
    """Store a new workflow with this draft, which need not be valid yet (see `problems`).

    Raises `InvalidError` without a name, `ConflictError` with the id of the first for a name that is taken, and
    `FullError` for one more than the workspace may have. Concurrency: the row of the workspace is locked, so
    that two at once do not both become the last one.
    """
    draft = _draft(definition, name=name)
    with transaction.atomic():
        room.make("max_workflows")
        return _create(definition, draft, by=by)


def _create(definition: Mapping[str, Any], draft: Json, *, by: str) -> Workflow:
    workflow = Workflow(
        workspace_id=tenancy.current_workspace_id(),
        name=draft["name"],
        slug=_free_slug(draft["name"]),
        description=_text(draft.get("description")),
        draft=draft,
        layout=react_flow.layout(definition),
        edited_by=by[:200],
        edited_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            workflow.save(force_insert=True)
            audit_of("created", workflow, by=by)
    except IntegrityError:
        raise _taken(draft["name"]) from None
    return workflow


def update(
    workflow: Workflow,
    definition: Mapping[str, Any],
    *,
    name: str = "",
    by: str = "",
    expected: Expected | None = None,
) -> Workflow:
    """Replace the draft; what runs is the active version, so nothing else changes until it is published.

    A graph says where its nodes stand; with any other definition, those that are still there stay where they stood.
    `expected`: the states (`state`) that the change may begin from; without it, the last one who writes wins.

    Raises `PreconditionFailedError` for another state, `InvalidError` for a name that cannot be, and `ConflictError`
    for a taken name or an archived workflow. Concurrency: compared and changed under the lock of the row.
    """
    return change(workflow, lambda row: definition, name=name, by=by, expected=expected)


def patch(
    workflow: Workflow,
    changes: Mapping[str, Any],
    *,
    name: str = "",
    description: str | None = None,
    by: str = "",
    expected: Expected | None = None,
) -> Workflow:
    """Change the draft by a JSON merge patch (RFC 7396): parts that are given replace what is there, null takes one
    away, lists are replaced as a whole. Raises as `update` does.

    Concurrency: patched under the lock of the row, so of two at once neither loses what the other changed elsewhere.
    """
    said = {} if description is None else {"description": description}
    return change(
        workflow, lambda row: merge_patch.merged(row.draft, {**changes, **said}), name=name, by=by, expected=expected
    )


def change(
    workflow: Workflow,
    write: Callable[[Workflow], Mapping[str, Any]],
    *,
    name: str = "",
    by: str = "",
    expected: Expected | None = None,
) -> Workflow:
    """Replace the draft by what `write` makes of the locked row. What says the same changes nothing, nor the revision.

    Raises as `update` does.
    """
    wanted = ""
    try:
        with transaction.atomic():
            row = locked(workflow)
            check_expected(row, expected)
            refuse_archived(row)
            definition = write(row)
            draft = _draft(definition, name=name, known_as=row.name)
            wanted, is_drawn = draft["name"], react_flow.is_graph(definition)
            layout = react_flow.layout(definition) if is_drawn else react_flow.kept(row.layout, draft)
            _save_draft(row, draft, layout, by=by)
    except IntegrityError:
        raise _taken(wanted) from None
    return row


def state(workflow: Workflow) -> str:
    """The state of what people edit, as `expected` names it and an `ETag` begins with it."""
    return f"r{workflow.revision}"


def check_expected(row: Workflow, expected: Expected | None) -> None:
    """Raises `PreconditionFailedError` when a locked workflow is not the expected one."""
    preconditions.check(expected, state(row), by=row.edited_by, at=row.edited_at or row.created_at)


def locked(workflow: Workflow) -> Workflow:
    """The row as it is now, locked for this transaction. NO KEY: runs that start meanwhile refer to the row, and need
    not wait for it, nor it for them."""
    rows = Workflow.objects.select_for_update(of=("self",), no_key=True).select_related("active_version")
    return rows.get(pk=workflow.pk)


def _save_draft(row: Workflow, draft: Json, layout: Json, *, by: str) -> None:
    before = (row.name, row.description, row.draft, row.layout)
    row.name, row.description, row.draft, row.layout = draft["name"], _text(draft.get("description")), draft, layout
    if before == (row.name, row.description, row.draft, row.layout):
        return
    row.revision, row.edited_by, row.edited_at = row.revision + 1, by[:200], timezone.now()
    row.save(update_fields=["name", "description", "draft", "layout", *EDITED])
    after = {"revision": row.revision}
    audit_of("updated", row, by=by, before={"name": before[0], "revision": row.revision - 1}, after=after)


EDITED = ["revision", "edited_by", "edited_at", "updated_at"]


def problems(workflow: Workflow, *, role: Role = Role.ADMIN) -> list[Problem]:
    """Everything that keeps somebody with this role from publishing the draft; empty when nothing does."""
    return check.check(workflow.draft, selectors.known(workflow, role=role))


def publish(
    workflow: Workflow,
    *,
    published_by: str,
    role: Role = Role.ADMIN,
    reason: str = "",
    expected: Expected | None = None,
    skip_tests: bool = False,
) -> WorkflowVersion:
    """Make the draft the active version and let its triggers listen. Publishing the same draft again makes no second
    version; a paused workflow is active again. `role` is that of who publishes: what its actions may use.

    Raises `InvalidError` with every problem of the draft, and with what its tests come to otherwise than expected,
    unless they are skipped for a `reason`; `ConflictError` for an archived workflow, and `PreconditionFailedError` for
    a draft that is not the expected one. Concurrency: the row of the workflow is locked, so versions are numbered
    without gaps and the triggers are those of the version that became active.
    """
    with transaction.atomic():
        workflow = locked(workflow)
        check_expected(workflow, expected)
        refuse_archived(workflow)
        found = problems(workflow, role=role)
        if found:
            raise InvalidError(f"The definition has {len(found)} problem(s); nothing was published.", problems=found)
        regression.check(workflow, role=role, by=published_by, skip_tests=skip_tests, reason=reason)
        version = _version(workflow, published_by=published_by, role=role, reason=reason)
        activate(workflow, version, what="published", by=published_by, reason=reason)
    return version


def activate(workflow: Workflow, version: WorkflowVersion, *, what: str, by: str, reason: str) -> None:
    """Let a version of a locked workflow be the active one, and its triggers those that listen. Its definition is
    known to be right. `what` was done: `published`, `rolled_back`."""
    before = workflow.active_version.number if workflow.active_version else None
    definition = Definition.model_validate(version.definition)
    catalogue.replace(triggers_of(definition), workflow_id=workflow.pk, version_id=version.pk)
    workflow.active_version, workflow.status = version, WorkflowStatus.ACTIVE.value
    workflow.save(update_fields=["active_version", "status", "updated_at"])
    if version.number != before:
        circuits.close(workflow.pk, by=by, reason=f"version {version.number} was {what.replace('_', ' ')}")
    after = {"version": version.number}
    audit_of(what, workflow, by=by, before={"version": before}, after=after, reason=reason)


def refuse_archived(workflow: Workflow) -> None:
    """Raises `ConflictError` for an archived workflow."""
    if workflow.status == WorkflowStatus.ARCHIVED:
        raise ConflictError("The workflow is archived; restore it first.")


def pause(workflow: Workflow, *, by: str = "") -> Workflow:
    """Let an active workflow start no more runs; a paused one stays as it is. Raises `ConflictError` for any other."""
    return _switch(workflow, to=WorkflowStatus.PAUSED, is_listening=False, by=by)


def resume(workflow: Workflow, *, by: str = "") -> Workflow:
    """Let a paused workflow listen again, and close its circuit breaker; an active one whose circuit is closed stays as
    it is. Raises `ConflictError` for any other."""
    with transaction.atomic():
        workflow = _switch(workflow, to=WorkflowStatus.ACTIVE, is_listening=True, by=by)
        circuits.close(workflow.pk, by=by, reason="resumed")
    return workflow


def _switch(workflow: Workflow, *, to: WorkflowStatus, is_listening: bool, by: str) -> Workflow:
    with transaction.atomic():
        workflow = locked(workflow)
        refuse_archived(workflow)
        if workflow.active_version is None or workflow.status not in {WorkflowStatus.ACTIVE, WorkflowStatus.PAUSED}:
            raise ConflictError(f"The workflow is {workflow.status}; publish it first.")
        catalogue.listen(workflow_id=workflow.pk, version_id=workflow.active_version.pk, is_listening=is_listening)
        if workflow.status != to:
            audit_of("paused" if to == WorkflowStatus.PAUSED else "resumed", workflow, by=by)
        workflow.status = to
        workflow.save(update_fields=["status", "updated_at"])
    return workflow


def audit_of(
    what: str, workflow: Workflow, *, by: str, before: Json | None = None, after: Json | None = None, reason: str = ""
) -> None:
    """Audit what was done to a workflow, in the transaction of the change."""
    after = {"name": workflow.name, **(after or {})}
    audit.record(
        f"workflow.{what}",
        by=by,
        target="workflow",
        target_id=workflow.pk,
        before=before,
        after=after,
        reason=reason,
    )


def _version(workflow: Workflow, *, published_by: str, role: Role, reason: str) -> WorkflowVersion:
    active = workflow.active_version
    if active is not None and active.definition == workflow.draft and active.role == role:
        return active
    last = WorkflowVersion.objects.filter(workflow=workflow).aggregate(last=Max("number"))["last"] or 0
    return WorkflowVersion.objects.create(
        workspace_id=workflow.workspace_id,
        workflow=workflow,
        number=last + 1,
        definition=workflow.draft,
        published_by=published_by,
        role=role,
        reason=reason[:MAX_REASON_CHARACTERS],
    )


def triggers_of(definition: Definition) -> list[TriggerSpec]:
    """The triggers of a definition, as what listens keeps them."""
    return [_trigger(definition, part) for part in definition.triggers]


def _trigger(definition: Definition, part: TriggerPart) -> TriggerSpec:
    resolved = resolving.resolve(part.type, part.params)
    return TriggerSpec(
        key=part.id,
        type=resolved.trigger_type.key,
        event_type=resolved.event_type,
        filters=part.filters,
        conditions=_joined(definition.conditions, part.conditions),
        params=resolved.params.model_dump(mode="json", exclude_unset=True),
        is_enabled=part.active,
    )


def _joined(*parts: Json | None) -> Json | None:
    """The conditions of the workflow and those of a trigger as one."""
    given = [part for part in parts if part]
    return {"and": given} if len(given) > 1 else next(iter(given), None)


def _draft(definition: Mapping[str, Any], *, name: str, known_as: str = "") -> Json:
    """The canonical draft under its name: the one given beside the definition, the one in it, or the one it had."""
    draft = shorthand.normalise(definition)
    chosen = name or draft.get("name") or known_as
    if not isinstance(chosen, str) or not chosen.strip() or len(chosen) > 200:
        problem = Problem("/name", "missing" if not chosen else "invalid", "Expected a name of 1 to 200 characters.")
        raise InvalidError("A workflow needs a name.", problems=[problem])
    # One that it has from before this was looked at does not keep anybody from editing the rest.
    if chosen.strip() != known_as and (said := names.problem(chosen.strip())):
        raise InvalidError(said, problems=[Problem("/name", "invalid", said)])
    return {"name": chosen.strip(), **{key: value for key, value in draft.items() if key != "name"}}


def _free_slug(name: str) -> str:
    """A slug that no other workflow has: numbered from the second on. Two at once meet the unique constraint."""
    base = slugify(name)[:200] or "workflow"
    taken = {*RESERVED_SLUGS, *Workflow.objects.filter(slug__startswith=base).values_list("slug", flat=True)}
    return next(slug for number in count(1) if (slug := base if number == 1 else f"{base}-{number}") not in taken)


def _taken(name: str) -> ConflictError:
    first = Workflow.objects.filter(name__iexact=name).first()
    if first is None:  # the slug was taken by another name at the same moment
        return ConflictError("Another workflow with a similar name was made at the same moment. Try again.")
    return ConflictError(f"There is a workflow named {name!r} already. Its id is {first.pk}.")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
