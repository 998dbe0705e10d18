"""Make a script of what somebody asks to be tested: which definition, which event, who answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from actions.registry import action_types
from core import pointers, validation
from core.errors import InvalidError, Problem
from core.models import Role, Workspace
from triggers.models import Event
from workflows.definitions import check, plan, shorthand
from workflows.definitions.document import Definition
from workflows.definitions.plan import Planned
from workflows.models import Run, Workflow, WorkflowVersion
from workflows.selectors import workflows as selectors
from workflows.services.imagining import NOBODY
from workflows.services.rehearsal import recorded
from workflows.services.rehearsal.script import TIMEOUT, Pin, Script
from workflows.services.versions import Published
from workflows.types.base import ControlType

Json = dict[str, Any]

_HAS_RUN_ITSELF = "workflow"  # the control action that something outside the run answers for


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. Of `version` and `definition` one is given, or none: the draft. `event` is one that may come
    or came, `run` the past run whose actions answer for theirs.
    """

    event: Event | None = None
    run: Run | None = None
    version: int | None = None
    definition: Mapping[str, Any] | None = None
    trigger: str = ""
    pins: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    until: str = ""
    steps: int | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A definition that can be tested, and the number of its version; None for a draft."""

    document: Json
    published: Published
    number: int | None


def subject_of(
    workflow: Workflow, *, version: int | None = None, definition: Mapping[str, Any] | None = None, role: Role
) -> Subject:
    """The version, the definition that was never saved, or the draft. Raises `InvalidError` with all its problems."""
    if version is not None:
        row = WorkflowVersion.objects.filter(workflow=workflow, number=version).first()
        if row is None:
            problem = Problem("/version", "unknown_version", f"The workflow has no version {version}.")
            raise InvalidError("There is no such version.", problems=[problem])
        return _subject(workflow, row.definition, number=row.number, role=Role(row.role))
    draft = workflow.draft if definition is None else {"name": workflow.name, **shorthand.normalise(definition)}
    if found := check.check(draft, selectors.known(workflow, role=role)):
        if definition is not None:
            found = [Problem(f"/definition{each.path}", each.code, each.message) for each in found]
        raise InvalidError(f"The definition has {len(found)} problem(s); nothing was tested.", problems=found)
    return _subject(workflow, draft, number=None, role=role)


def compiled(workflow: Workflow, *, role: Role) -> Subject:
    """The draft, which is known to have no problems."""
    return _subject(workflow, workflow.draft, number=None, role=role)


def script_of(
    subject: Subject,
    wanted: Wanted,
    *,
    event: Event,
    now: datetime,
    trigger_key: str,
    workspace: Workspace,
    run_id: UUID | None = None,
) -> Script:
    """The script of what is wanted. Raises `InvalidError` for a pin, an answer or an end that is of no action."""
    actions = subject.published.plan.actions
    if problems := [*_problems(wanted, actions)]:
        raise InvalidError("The test does not fit the definition.", problems=problems)
    return Script(
        workspace=workspace,
        document=subject.document,
        published=subject.published,
        event=event,
        now=now,
        trigger_key=trigger_key,
        run_id=run_id or (wanted.run.pk if wanted.run else NOBODY),
        pins={place: pin(value) for place, value in wanted.pins.items()},
        answers=wanted.answers,
        recorded=recorded.of_run(wanted.run) if wanted.run else {},
        until=wanted.until,
        steps=wanted.steps,
    )


def pin(value: Json) -> Pin:
    """What stands for an action: `{"error": {"code", "message", "is_retryable"}}` is an error, all else an output."""
    is_error = value.keys() == {"error"} and isinstance(value["error"], dict)
    return Pin(error=value["error"]) if is_error else Pin(output=dict(value))


def _subject(workflow: Workflow, document: Json, *, number: int | None, role: Role) -> Subject:
    definition = Definition.model_validate(document)
    published = Published(
        definition, plan.compile(definition), number or 0, workflow.pk, workflow.slug, role
    )  # fmt: skip
    return Subject(document, published, number)


def _problems(wanted: Wanted, actions: Mapping[str, Planned]) -> Iterator[Problem]:
    if wanted.until and wanted.until not in actions:
        yield _unknown("/until", wanted.until, actions)
    for name, given in (("pins", wanted.pins), ("answers", wanted.answers)):
        for place, value in given.items():
            at, key = pointers.join(f"/{name}", place), place.partition("[")[0]
            if key not in actions:
                yield _unknown(at, key, actions)
            elif message := _unfit(name, value, actions[key]):
                yield Problem(at, "invalid", message)


def _unfit(name: str, value: Any, planned: Planned) -> str:
    """Why this cannot stand for the action; empty when it can."""
    found = action_types.find(planned.part.type)
    is_control = isinstance(found, ControlType)
    if name == "answers":
        if not is_control:
            return "Only approvals and waits are answered; give what the action comes to in `pins`."
        keys = {"decision", "event"} & value.keys() if isinstance(value, dict) else ()
        return "" if keys or value == TIMEOUT else 'Expected {"decision": ...}, {"event": {...}} or "timeout".'
    if not isinstance(value, dict):
        return 'Expected an output, or {"error": {"code", "message"}}.'
    if is_control and planned.part.type != _HAS_RUN_ITSELF:
        return "What decides about the run is computed; a wait is answered in `answers`."
    return ""


def _unknown(at: str, key: str, actions: Mapping[str, Planned]) -> Problem:
    guess = validation.did_you_mean(key, actions) or f" There are {', '.join(list(actions)[:20])}."
    return Problem(at, "unknown_action", f"The definition has no action {key[:100]!r}.{guess}")
