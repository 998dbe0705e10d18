"""Test a workflow: what its triggers would do with an event, and what its actions would."""

from dataclasses import dataclass

from django.utils import timezone

from core.errors import InvalidError, Problem
from core.models import Role, Workspace
from triggers.services.explaining import FIRED, Account
from workflows.models import Workflow
from workflows.services import explaining
from workflows.services.rehearsal import preparing, rehearsing
from workflows.services.rehearsal.preparing import Wanted
from workflows.services.rehearsal.report import Report


@dataclass(frozen=True, slots=True)
class Tested:
    """What its triggers would do with the event, and what became of it, as from the trigger `trigger_key`."""

    report: Report
    triggers: tuple[Account, ...]
    trigger_key: str
    number: int | None


def test(workflow: Workflow, wanted: Wanted, *, workspace: Workspace, role: Role) -> Tested:
    """Go through a workflow, whether a trigger fires on the event or not. Stores nothing.

    Raises `InvalidError` for a definition with problems, for what has no event, and for what names no action of it.
    """
    subject = preparing.subject_of(workflow, version=wanted.version, definition=wanted.definition, role=role)
    event = wanted.event or (wanted.run.event if wanted.run else None)
    if event is None:
        message = "Say with what it is tested: `event`, `event_id` or `run_id`."
        raise InvalidError("There is no event.", problems=[Problem("/event", "missing", message)])
    now = wanted.now or (wanted.run.created_at if wanted.run else timezone.now())
    accounts = tuple(
        explaining.judged(
            workflow,
            subject.published.definition,
            event,
            number=subject.number,
            now=now,
            addressed_to=wanted.trigger,
        )
    )
    key = wanted.trigger or (wanted.run.trigger_key if wanted.run else "")
    key = key or next((each.trigger.key for each in accounts if each.verdict == FIRED), "")
    script = preparing.script_of(subject, wanted, event=event, now=now, trigger_key=key, workspace=workspace)
    return Tested(rehearsing.rehearse(script), accounts, key, subject.number)
