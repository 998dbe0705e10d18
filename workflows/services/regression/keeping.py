"""Write the tests that are kept with a workflow."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from core import limits, pointers, preconditions, storable
from core.errors import ConflictError, InvalidError, NotFoundError, Problem
from core.models import Role, Workspace
from core.preconditions import Expected
from core.redaction import Redactor
from core.services import audit, room
from workflows.models import Run, Workflow, WorkflowTest
from workflows.services.regression import comparing, recording
from workflows.services.rehearsal import preparing, recorded, rehearsing
from workflows.services.rehearsal.preparing import Wanted

Json = dict[str, Any]

MAX_BYTES = 1024 * 1024  # of one

_SHOWN = Redactor()
COLUMNS = ("event", "trigger_key", "now", "pins", "answers", "expected", "ignore")  # what a test says
_CHANGED = ("name", "pins", "answers", "expected", "ignore")


def create_of_run(workflow: Workflow, run: Run, *, name: str, workspace: Workspace, by: str) -> WorkflowTest:
    """Keep what a past run of the workflow did as a test, to go on like it.

    The version that ran is gone through again, with what the run's actions came to in the place of the world. Values
    that come out otherwise than in the run (ids, instants) are ignored from then on.
    Raises `InvalidError` for a run that goes on or that people changed, and where actions end otherwise than in it.
    """
    recording.check_run(run)
    subject = preparing.subject_of(workflow, version=run.version.number, role=Role(run.version.role))
    known = recorded.of_run(run)
    pins, answers = recording.given_of(known, dict(subject.published.plan.actions))
    wanted = Wanted(event=run.event, pins=pins, answers=answers, trigger=run.trigger_key, now=run.created_at)
    script = preparing.script_of(
        subject,
        wanted,
        event=run.event,
        now=run.created_at,
        trigger_key=run.trigger_key,
        workspace=workspace,
        run_id=run.pk,
    )
    expected = comparing.observed(rehearsing.rehearse(script))
    _check_same(run, expected)
    row = WorkflowTest(
        event=recording.event_columns(run.event),
        trigger_key=run.trigger_key,
        now=run.created_at,
        run_id=run.pk,
        pins=pins,
        answers=answers,
        expected=expected,
        ignore=_volatile(run, expected),
    )
    return _insert(row, workflow, name=name, by=by)


def create(
    workflow: Workflow, wanted: Wanted, *, name: str, expected: Json | None, ignore: list[str], workspace: Workspace,
    role: Role, by: str,
) -> WorkflowTest:  # fmt: skip
    """Keep a test; without `expected` it has to come to what it comes to now.

    Raises `InvalidError` for a definition with problems, without an event, and for what names no action.
    """
    if wanted.event is None:
        message = "Say with what it is tested: `event`, `event_id` or `run_id`."
        raise InvalidError("There is no event.", problems=[Problem("/event", "missing", message)])
    subject = preparing.subject_of(workflow, version=wanted.version, definition=wanted.definition, role=role)
    now = wanted.now or timezone.now()
    script = preparing.script_of(
        subject, wanted, event=wanted.event, now=now, trigger_key=wanted.trigger, workspace=workspace
    )
    row = WorkflowTest(
        event=recording.event_columns(wanted.event),
        trigger_key=wanted.trigger,
        now=now,
        pins=dict(wanted.pins),
        answers=dict(wanted.answers),
        expected=comparing.observed(rehearsing.rehearse(script)) if expected is None else expected,
        ignore=ignore,
    )
    return _insert(row, workflow, name=name, by=by)


def put(workflow: Workflow, values: Mapping[str, Any], *, name: str, by: str) -> tuple[WorkflowTest, str]:
    """Keep a test that was kept elsewhere, or make the one of this name say the same; returns it and what was done:
    `created`, `changed` or `unchanged`. `values` are the columns of `COLUMNS`, whose shape is known to be right.

    Raises `ConflictError` for one too many, and `InvalidError` for one that is too large.
    """
    row = WorkflowTest.objects.filter(workflow=workflow, name__iexact=name).first()
    if row is None:
        return _insert(WorkflowTest(**values), workflow, name=name, by=by), "created"
    changed = [column for column in COLUMNS if getattr(row, column) != values[column]]
    if not changed:
        return row, "unchanged"
    for column in changed:
        setattr(row, column, values[column])
    _check_size(row)
    row.save(update_fields=[*changed, "updated_at"])
    _audit("changed", row, by=by, before={"name": row.name}, after={"name": row.name, "changed": sorted(changed)})
    return row, "changed"


def change(row: WorkflowTest, changes: Mapping[str, Any], *, by: str, expected: Expected | None = None) -> WorkflowTest:
    """Change the name, what answers, what is expected or what is ignored, each a whole value. Raises `ConflictError`
    for a taken name, and `PreconditionFailedError` when it is not as expected (`state`), under the lock of the row."""
    given = {name: changes[name] for name in _CHANGED if changes.get(name) is not None}
    try:
        with transaction.atomic():
            row = _locked(row, expected)
            before = {"name": row.name}
            for name, value in given.items():
                setattr(row, name, value)
            _check_size(row)
            row.save(update_fields=[*given, "updated_at"])
            _audit("changed", row, by=by, before=before, after={"name": row.name, "changed": sorted(given)})
    except IntegrityError:
        raise _taken(row.name) from None
    return row


def state(row: WorkflowTest) -> str:
    """The state of a test, as `expected` names it and an `ETag` begins with it. When it was changed, and nothing of
    what it says: that may be secret, and somebody who is not shown it could try what gives the same tag."""
    return preconditions.state_of([row.updated_at])


def delete(row: WorkflowTest, *, by: str, expected: Expected | None = None) -> None:
    """Keep it no longer. Raises `PreconditionFailedError` when it is not as expected (`state`)."""
    with transaction.atomic():
        row = _locked(row, expected)
        _audit("deleted", row, by=by, before={"name": row.name}, after=None)
        row.delete()


def _locked(row: WorkflowTest, expected: Expected | None) -> WorkflowTest:
    found = WorkflowTest.objects.select_for_update(no_key=True).filter(pk=row.pk).first()
    if found is None:
        raise NotFoundError("The test was deleted meanwhile.")
    preconditions.check(expected, state(found), at=found.updated_at)
    return found


def _insert(row: WorkflowTest, workflow: Workflow, *, name: str, by: str) -> WorkflowTest:
    """Concurrency: the row of the workflow is locked, so that two at once do not both become the last one."""
    row.workspace_id, row.workflow, row.name, row.created_by = workflow.workspace_id, workflow, name, by
    _check_size(row)
    try:
        with transaction.atomic():
            Workflow.objects.select_for_update(no_key=True).get(pk=workflow.pk)
            held = limits.of(Workspace.objects.get(pk=workflow.workspace_id).limits)
            room.refuse_full("max_workflow_tests", WorkflowTest.objects.filter(workflow=workflow).count(), held)
            row.save(force_insert=True)
            _audit("created", row, by=by, before=None, after={"name": name, "workflow": str(workflow.pk)})
    except IntegrityError:
        raise _taken(name) from None
    return row


def _check_same(run: Run, expected: Json) -> None:
    """Raises `InvalidError` with each action that ended otherwise than in the run."""
    came = expected["actions"]
    ended = {place: each["status"] for place, each in recording.statuses(run).items()}
    places = [place for place in {**ended, **came} if ended.get(place) != came.get(place, {}).get("status")]
    problems = [
        Problem(
            pointers.join("/run_id", place),
            "differs",
            f"{place} was {ended.get(place, 'not there')} in the run, and is "
            f"{came.get(place, {}).get('status', 'not there')} in its test.",
        )
        for place in places[:100]
    ]
    if run.status != expected["status"]:
        message = f"The run {run.status}, and its test is {expected['status']}."
        problems.insert(0, Problem("/run_id", "differs", message))
    if problems:
        raise InvalidError("The run cannot be made a test: it does not go the same way again.", problems=problems)


def _volatile(run: Run, expected: Json) -> list[str]:
    """The places of outputs that were computed and came out otherwise than in the run."""
    was = recording.statuses(run)
    came = {place: {"output": each["output"]} for place, each in expected["actions"].items() if "output" in each}
    then = {place: {"output": _SHOWN.clean(was[place]["output"] or {})} for place in came}
    return [each.path for each in comparing.compare({"actions": then}, {"actions": came}, ignore=())]


def _check_size(row: WorkflowTest) -> None:
    parts = [row.event, row.pins, row.answers, row.expected, row.ignore]
    if (size := storable.size_bytes(parts)) > MAX_BYTES:
        message = f"A test has at most {MAX_BYTES:,} bytes; this one has {size:,}. Leave out what does not matter."
        raise InvalidError("The test is too large.", problems=[Problem("", "too_large", message)])


def _taken(name: str) -> ConflictError:
    return ConflictError(f"The workflow has a test named {name!r} already.")


def _audit(what: str, row: WorkflowTest, *, by: str, before: Json | None, after: Json | None) -> None:
    audit.record(
        f"workflow_test.{what}", by=by, target="workflow_test", target_id=row.pk, before=before, after=after
    )  # fmt: skip
