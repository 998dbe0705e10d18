"""Run the tests that are kept with a workflow, and refuse to publish what fails one."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import InvalidError, Problem
from core.models import Role, Workspace
from core.services import audit
from workflows.models import Workflow, WorkflowTest
from workflows.services.imagining import NOBODY
from workflows.services.regression import comparing, recording
from workflows.services.regression.comparing import Difference
from workflows.services.rehearsal import preparing, rehearsing
from workflows.services.rehearsal.preparing import Subject, Wanted

MAX_SECONDS = 20.0  # of all tests together: who publishes waits for them
MAX_TOLD = 100  # differences in one refusal


@dataclass(frozen=True, slots=True)
class Result:
    """How one test went. `status` is that of the run in memory; empty when it could not be made."""

    test: WorkflowTest
    status: str
    differences: tuple[Difference, ...]

    @property
    def has_passed(self) -> bool:
        return not self.differences


def run(tests: Sequence[WorkflowTest], subject: Subject, *, workspace: Workspace) -> list[Result]:
    """The results in the order of the tests. What would take longer than `MAX_SECONDS` altogether has failed."""
    ends_at = time.monotonic() + MAX_SECONDS
    return [_result(test, subject, workspace=workspace, ends_at=ends_at) for test in tests]


def check(workflow: Workflow, *, role: Role, by: str, skip_tests: bool = False, reason: str = "") -> None:
    """Run all tests of a workflow against its draft, which has no problems, before it is published.

    Does nothing for a workflow without tests. With `skip_tests` none is run, which is noted with its reason.
    Raises `InvalidError` with every difference, at `/tests/{id}/...`.
    """
    tests = list(WorkflowTest.objects.filter(workflow=workflow).order_by("id"))
    if not tests:
        return
    if skip_tests:
        audit.record(
            "workflow.tests_skipped",
            by=by,
            target="workflow",
            target_id=workflow.pk,
            after={"tests": len(tests)},
            reason=reason,
        )
        return
    workspace = Workspace.objects.get(pk=workflow.workspace_id)
    failed = [
        each for each in run(tests, preparing.compiled(workflow, role=role), workspace=workspace) if not each.has_passed
    ]
    if failed:
        names = ", ".join(repr(each.test.name) for each in failed[:5])
        text = f"{len(failed)} of {len(tests)} tests failed ({names}); nothing was published."
        raise InvalidError(text, problems=_problems(failed))


def _problems(failed: Sequence[Result]) -> list[Problem]:
    found = [
        Problem(f"/tests/{each.test.pk}{difference.path}", "test_failed", f"{each.test.name}: {difference.message}")
        for each in failed
        for difference in each.differences
    ]
    return found[:MAX_TOLD]


def _result(test: WorkflowTest, subject: Subject, *, workspace: Workspace, ends_at: float) -> Result:
    event = recording.event_of(test.event, workspace)
    wanted = Wanted(event=event, pins=test.pins, answers=test.answers, trigger=test.trigger_key, now=test.now)
    left = ends_at - time.monotonic()
    if left <= 0:
        return Result(test, "", (_said("/status", f"it was not run: all tests have {MAX_SECONDS:g} seconds together"),))
    try:
        script = preparing.script_of(
            subject,
            wanted,
            event=event,
            now=test.now,
            trigger_key=test.trigger_key,
            workspace=workspace,
            run_id=test.run_id or NOBODY,
        )
    except InvalidError as error:
        return Result(test, "", tuple(_said(each.path, each.message) for each in error.problems))
    report = rehearsing.rehearse(script, max_seconds=min(left, rehearsing.MAX_SECONDS))
    found = comparing.compare(test.expected, comparing.observed(report), ignore=test.ignore)
    return Result(test, report.status, tuple(found))


def _said(path: str, message: str) -> Difference:
    return Difference(path, None, None, f"{path}: {message}")
