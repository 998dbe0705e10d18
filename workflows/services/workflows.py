"""Write workflows: drafts, and the versions that are made of them."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.text import slugify

from core import tenancy
from core.errors import ConflictError, InvalidError, Problem
from core.models import Role
from triggers import resolving
from triggers.services import catalogue
from triggers.services.catalogue import TriggerSpec
from workflows.definitions import check, react_flow, shorthand
from workflows.definitions.document import Definition, TriggerPart
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow, WorkflowVersion
from workflows.selectors import workflows as selectors

Json = dict[str, Any]


def create(definition: Mapping[str, Any], *, name: str = "") -> Workflow:
    """Store a new workflow with this draft, which need not be valid yet (see `problems`).

    Raises `InvalidError` without a name, and `ConflictError` with the id of the first for a name that is taken.
    """
    draft = _draft(definition, name=name)
    workflow = Workflow(
        workspace_id=tenancy.current_workspace_id(),
        name=draft["name"],
        slug=_free_slug(draft["name"]),
        description=_text(draft.get("description")),
        draft=draft,
        layout=react_flow.layout(definition),
    )
    try:
        with transaction.atomic():
            workflow.save(force_insert=True)
    except IntegrityError:
        raise _taken(draft["name"]) from None
    return workflow


def update(workflow: Workflow, definition: Mapping[str, Any], *, name: str = "") -> Workflow:
    """Replace the draft; what runs is the active version, so nothing else changes until it is published.

    A graph says where its nodes stand; with any other definition, those that are still there stay where they stood.
    """
    draft = _draft(definition, name=name, known_as=workflow.name)
    workflow.name, workflow.description, workflow.draft = draft["name"], _text(draft.get("description")), draft
    is_drawn = react_flow.is_graph(definition)
    workflow.layout = react_flow.layout(definition) if is_drawn else react_flow.kept(workflow.layout, draft)
    try:
        with transaction.atomic():
            workflow.save(update_fields=["name", "description", "draft", "layout", "updated_at"])
    except IntegrityError:
        raise _taken(draft["name"]) from None
    return workflow


def problems(workflow: Workflow, *, role: Role = Role.ADMIN) -> list[Problem]:
    """Everything that keeps somebody with this role from publishing the draft; empty when nothing does."""
    return check.check(workflow.draft, selectors.known(workflow, role=role))


def publish(workflow: Workflow, *, published_by: str, role: Role = Role.ADMIN) -> WorkflowVersion:
    """Make the draft the active version and let its triggers listen. Publishing the same draft again makes no second
    version; a paused workflow is active again. `role` is that of who publishes: what its actions may use.

    Raises `InvalidError` with every problem of the draft. Concurrency: the row of the workflow is locked, so versions
    are numbered without gaps and the triggers are those of the version that became active.
    """
    with transaction.atomic():
        # NO KEY: runs that start meanwhile refer to the row, and need not wait for it, nor it for them.
        workflow = Workflow.objects.select_for_update(no_key=True).get(pk=workflow.pk)
        found = problems(workflow, role=role)
        if found:
            raise InvalidError(f"The definition has {len(found)} problem(s); nothing was published.", problems=found)
        definition = Definition.model_validate(workflow.draft)
        version = _version(workflow, published_by=published_by, role=role)
        catalogue.replace(triggers_of(definition), workflow_id=workflow.pk, version_id=version.pk)
        workflow.active_version, workflow.status = version, WorkflowStatus.ACTIVE
        workflow.save(update_fields=["active_version", "status", "updated_at"])
    return version


def pause(workflow: Workflow) -> Workflow:
    """Let an active workflow start no more runs; a paused one stays as it is. Raises `ConflictError` for any other."""
    return _switch(workflow, to=WorkflowStatus.PAUSED, is_listening=False)


def resume(workflow: Workflow) -> Workflow:
    """Let a paused workflow listen again; an active one stays as it is. Raises `ConflictError` for any other."""
    return _switch(workflow, to=WorkflowStatus.ACTIVE, is_listening=True)


def _switch(workflow: Workflow, *, to: WorkflowStatus, is_listening: bool) -> Workflow:
    with transaction.atomic():
        workflow = (
            Workflow.objects.select_for_update(of=("self",), no_key=True)
            .select_related("active_version")
            .get(pk=workflow.pk)
        )
        if workflow.active_version is None or workflow.status not in {WorkflowStatus.ACTIVE, WorkflowStatus.PAUSED}:
            raise ConflictError(f"The workflow is {workflow.status}; publish it first.")
        catalogue.listen(workflow_id=workflow.pk, version_id=workflow.active_version.pk, is_listening=is_listening)
        workflow.status = to
        workflow.save(update_fields=["status", "updated_at"])
    return workflow


def _version(workflow: Workflow, *, published_by: str, role: Role) -> WorkflowVersion:
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
    return {"name": chosen.strip(), **{key: value for key, value in draft.items() if key != "name"}}


def _free_slug(name: str) -> str:
    """A slug that no other workflow has: numbered from the second on. Two at once meet the unique constraint."""
    base = slugify(name)[:200] or "workflow"
    taken = set(Workflow.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for number in count(1) if (slug := base if number == 1 else f"{base}-{number}") not in taken)


def _taken(name: str) -> ConflictError:
    first = Workflow.objects.filter(name__iexact=name).first()
    if first is None:  # the slug was taken by another name at the same moment
        return ConflictError("Another workflow with a similar name was made at the same moment. Try again.")
    return ConflictError(f"There is a workflow named {name!r} already. Its id is {first.pk}.")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
