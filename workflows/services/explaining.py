"""Say why a workflow started for an event or did not, and what a draft of it would do."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from core.errors import InvalidError
from core.ids import new_id
from core.models import Workspace
from triggers.models import Event, Trigger
from triggers.services import explaining, snapshots
from triggers.services.catalogue import TriggerSpec
from triggers.services.explaining import Account
from workflows.definitions.document import Definition
from workflows.models import Workflow
from workflows.selectors.events import Verdict
from workflows.services import workflows

Json = dict[str, Any]


def told(workflow: Workflow, event: Event, *, verdict: Verdict | None) -> list[Account]:
    """What became of a decided event at the triggers of a workflow, those with this verdict only."""
    accounts = explaining.of_workflow(workflow.pk, event)
    if verdict in {None, Verdict.NO}:
        return list(accounts)
    return [each for each in accounts if each.verdict == verdict]


def imagine(
    *, type_: str, data: Json, subject: str = "", source: str = "", workspace: Workspace, now: datetime
) -> Event:
    """An event as it could come; it is stored nowhere."""
    uid = new_id()
    return Event(
        id=uid,
        workspace=workspace,
        source=source or workspace.slug,
        event_id=str(uid),
        type=type_,
        subject=subject,
        time=now,
        data=data,
        received_at=now,
    )


def rehearse(workflow: Workflow, event: Event, *, of_draft: bool, now: datetime) -> Iterator[Account]:
    """What the triggers of the active version, or of the draft, would do with an event that may never have happened.

    Raises `InvalidError` for a draft with problems, and for a workflow that was never published.
    """
    version = None if of_draft else workflow.active_version
    if version is None and not of_draft:
        raise InvalidError('The workflow was never published; ask for its draft with `"draft": true`.')
    if of_draft and (problems := workflows.problems(workflow)):
        raise InvalidError(f"The draft has {len(problems)} problem(s).", problems=problems)
    definition = Definition.model_validate(workflow.draft if version is None else version.definition)
    scope = snapshots.scope_of(event, snapshots.state_of(event.workspace), now=now)
    for spec in workflows.triggers_of(definition):
        yield _rehearsed(spec, workflow, event, scope, version=None if version is None else version.number)


def _rehearsed(spec: TriggerSpec, workflow: Workflow, event: Event, scope: Any, *, version: int | None) -> Account:
    trigger = Trigger(workflow=workflow, key=spec.key, type=spec.type, event_type=spec.event_type)
    reason = explaining.not_for(event, trigger)
    if reason:
        return Account(trigger, version, explaining.NOT_LISTENING, reason)
    return explaining.judge(
        trigger,
        version=version,
        filters=dict(spec.filters),
        conditions=None if spec.conditions is None else dict(spec.conditions),
        scope=scope,
    )
