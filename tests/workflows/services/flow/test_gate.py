"""The gate: all controls are asked in one order, and what one refuses is counted by none."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from django.db import transaction

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.models import Decision, Firing
from triggers.ports import Admission, Verdict
from triggers.services import matching
from workflows.models import ActionRun, FlowState, Run, Workflow
from workflows.services import execution, starting
from workflows.services.flow import gate, releasing
from workflows.services.flow.control import Control
from workflows.services.flow.starts import HeldBackError, Place, Start
from workflows.services.flow.states import State

pytestmark = pytest.mark.django_db
LATER = datetime(2030, 1, 1, tzinfo=UTC)


class Turnstile(Control):
    """Lets in as many as `most` says, by the name of the lead."""

    name = "turnstile"
    most: ClassVar[int] = 1

    def template(self, start: Start) -> str | None:
        return "{{ lead.name }}"

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        if state.values.get("count", 0) < self.most:
            return None
        return Admission(Verdict.SUPPRESSED, code="turnstile", reason="full", until=LATER)

    def take(self, start: Start, state: State) -> None:
        state.values = {"count": state.values.get("count", 0) + 1}
        state.touch(expires_at=LATER)


class Curfew(Control):
    """Refuses whoever is called night, and has everybody else wait."""

    name = "curfew"

    def template(self, start: Start) -> str | None:
        return ""

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        if start.event.data["lead"]["name"] == "night":
            return Admission(Verdict.SUPPRESSED, code="curfew", reason="it is late")
        place.is_held, place.reason = True, "until the morning"
        return None


@pytest.fixture
def scope(workspace: Workspace) -> Iterator[Workspace]:
    factories.published(workspace)
    with tenancy.scope(workspace.pk):
        yield workspace


def controlled(monkeypatch: pytest.MonkeyPatch, *controls: Control) -> None:
    monkeypatch.setattr(gate, "CONTROLS", controls)


def arrive(workspace: Workspace, *names: str | None) -> None:
    """Events with leads of these names (None: no lead at all), decided in one message."""
    found: list[dict[str, Any]] = [{} if name is None else {"lead": {"name": name}} for name in names]
    events = [factories.event(workspace, **data) for data in found]
    matching.match_many([event.pk for event in events])


def test_what_is_let_in_is_counted_by_its_key_also_within_one_message(
    scope: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    controlled(monkeypatch, Turnstile())

    arrive(scope, "ann", "bob", "ann")
    arrive(scope, "bob")

    assert Run.objects.count() == Firing.objects.count() == 2
    told = [(row.verdict, row.code, row.reason, row.until) for row in Decision.objects.all()]
    assert told == [("suppressed", "turnstile", "full", LATER)] * 2
    assert {row.label: row.state for row in FlowState.objects.all()} == {"ann": {"count": 1}, "bob": {"count": 1}}


def test_what_a_later_control_refuses_an_earlier_one_does_not_count(
    scope: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    controlled(monkeypatch, Turnstile(), Curfew())

    arrive(scope, "night")

    assert Decision.objects.get().code == "curfew"
    assert FlowState.objects.get(control="turnstile").state == {}


def test_a_key_that_cannot_be_made_fails_and_says_so(scope: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    controlled(monkeypatch, Turnstile())

    arrive(scope, None)

    decision = Decision.objects.get()
    assert (decision.verdict, decision.code, Run.objects.count()) == ("failed", "key", 0)
    assert "lead" in decision.reason


def test_a_run_that_is_held_starts_nothing_until_it_is_released_and_then_once(
    scope: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    controlled(monkeypatch, Curfew())
    arrive(scope, "ann")
    run, action = Run.objects.get(), ActionRun.objects.get()
    assert (run.status, run.held_reason, action.status) == ("queued", "until the morning", "pending")

    released = [releasing.release(run, now=run.created_at) for _ in range(2)]
    execution.execute(action.pk)

    run.refresh_from_db()
    assert (released, run.status, run.held_at) == ([True, False], "completed", None)


def test_a_person_is_told_why_a_run_may_not_start_and_nothing_is_left_of_it(
    scope: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    controlled(monkeypatch, Turnstile())
    monkeypatch.setattr(Turnstile, "most", 0)
    workflow = Workflow.objects.get()

    with pytest.raises(HeldBackError, match="may not start now: full"), transaction.atomic():
        starting.execute(workflow, {"lead": {"name": "ann"}})

    assert (Run.objects.count(), FlowState.objects.count()) == (0, 0)


def test_a_crash_after_the_gate_counts_nothing(scope: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    controlled(monkeypatch, Turnstile())
    event = factories.event(scope, lead={"name": "ann"})
    monkeypatch.setattr(matching, "_store_decisions", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        matching.match_many([event.pk])

    assert (FlowState.objects.count(), Run.objects.count()) == (0, 0)
