"""Make what was imported active, if nothing is missing for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.actors import Actor
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow
from workflows.services import workflows
from workflows.services.transfer import drafts, outcomes
from workflows.services.transfer.missing import Here
from workflows.services.transfer.outcomes import Done, Item, Outcome

REASON = "imported"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be active: `active`, or the draft for None. It is paused afterwards with `is_paused`."""

    active: Mapping[str, Any] | None
    by: Actor
    is_paused: bool = False
    reason: str = REASON


def published(item: Item, row: Workflow, wish: Wish, here: Here) -> Item:
    """The item with its workflow published; refused, with why, where it cannot be."""
    found = outcomes.attempt(item.kind, item.path, item.done.name, lambda: _publish(item.done, row, wish, here))
    done = replace(item.done, outcome=Outcome.REFUSED) if found.is_refused else found.done
    return replace(item, done=done, problems=found.problems if found.is_refused else item.problems, error=found.error)


def _publish(done: Done, row: Workflow, wish: Wish, here: Here) -> Done:
    """The draft of a workflow is what is published, so it says that for this moment, and then again what it said."""
    status = WorkflowStatus.PAUSED if wish.is_paused else WorkflowStatus.ACTIVE
    wanted, draft = dict(row.draft if wish.active is None else wish.active), dict(row.draft)
    if row.active_version and (row.active_version.definition, row.status) == (wanted, status):
        return done
    drafts.check_size(wanted)
    row = workflows.update(row, wanted, by=wish.by.name)
    outcomes.check_clean(*drafts.problems_of(row, here, path=""))
    version = workflows.publish(row, published_by=wish.by.name, role=wish.by.role, reason=wish.reason)
    if wish.is_paused:
        workflows.pause(row, by=wish.by.name)
    workflows.update(row, draft, by=wish.by.name)
    outcome = Outcome.CHANGED if done.outcome is Outcome.UNCHANGED else done.outcome
    return replace(done, outcome=outcome, published=version.number)
