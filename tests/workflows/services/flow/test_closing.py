"""What becomes of gatherings when their time has come."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model, QuerySet

from core import tenancy
from core.models import Workspace
from tests import factories, gatherings, runner
from triggers.models import Decision, Event, Firing, Tally, Trigger
from triggers.ports import Admission, Verdict
from triggers.services import catalogue, matching, settling, tallies
from workflows.models import FlowState, Gathering, Run, Workflow
from workflows.services import runs, workflows
from workflows.services.flow import closing, gate
from workflows.services.flow.control import Control
from workflows.services.flow.starts import Place, Start
from workflows.services.flow.states import State

pytestmark = pytest.mark.django_db

BATCH: dict[str, Any] = {"batch": {"max_events": 3, "seconds": 60}}
DEBOUNCE: dict[str, Any] = {"debounce_seconds": 10}
BOTH = pytest.mark.parametrize("settings_", [BATCH, DEBOUNCE], ids=["batch", "debounce"])


class Refusing(Control):
    """Refuses everything that may start, with a verdict."""

    name = "refusing"
    verdict = Verdict.SUPPRESSED

    def template(self, start: Start) -> str | None:
        return start.event.type

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        state.values = {"asked": [*state.values.get("asked", ()), start.is_gathered]}
        state.touch(expires_at=None)
        return Admission(self.verdict, code="refusing", reason="refusing everything")


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> type[Refusing]:
    """A control after those that gather, which refuses all."""
    monkeypatch.setattr(gate, "CONTROLS", (*gate.CONTROLS, Refusing()))
    monkeypatch.setattr(Refusing, "verdict", Verdict.SUPPRESSED)
    return Refusing


def tallied(workspace: Workspace) -> dict[str, int]:
    with tenancy.scope(workspace.pk):
        [counted] = tallies.of_triggers([Trigger.objects.get()]).values()
    return {name: counted[name] for name in ("seen", "matched", "fired", "suppressed", "failed", "pending")}


@BOTH
def test_the_tallies_say_what_became_of_what_was_pending(workspace: Workspace, settings_: dict[str, Any]) -> None:
    gatherings.published(workspace, **settings_)
    gatherings.send(workspace, 2)
    pending = {"seen": 2, "matched": 2, "fired": 0, "suppressed": 0, "failed": 0, "pending": 2}
    assert tallied(workspace) == pending

    gatherings.close_all()

    fired = 2 if settings_ is BATCH else 1
    assert tallied(workspace) == {**pending, "pending": 0, "fired": fired, "suppressed": 2 - fired}


@BOTH
def test_closing_again_changes_nothing(workspace: Workspace, settings_: dict[str, Any]) -> None:
    gatherings.published(workspace, **settings_)
    gatherings.send(workspace, 2)
    [row] = gatherings.rows(workspace)
    gatherings.close_all()
    before = everything()

    assert closing.close(row.pk, now=gatherings.later(3600)) is False
    assert gatherings.close_all() == 0

    assert everything() == before


@BOTH
def test_nothing_is_closed_before_it_is_due(workspace: Workspace, settings_: dict[str, Any]) -> None:
    gatherings.published(workspace, **settings_)
    events = gatherings.send(workspace, 2)
    [row] = gatherings.rows(workspace)

    assert closing.close(row.pk) is False
    assert gatherings.verdicts(*events) == [f"pending:{row.control}"] * 2


def test_the_run_does_what_the_workflow_says_with_all_events(workspace: Workspace) -> None:
    message = "{{ event.data.count }}: {{ event.data.events.0.data.n }} and {{ event.data.events.1.data.n }}"
    factories.published(workspace, factories.definition(factories.log_event(message), settings=BATCH))
    gatherings.send(workspace, 2)
    gatherings.close_all()

    [run] = gatherings.runs(workspace)
    runner.drain()

    assert runner.outputs(run)["log_event"]["message"] == "2: 1 and 2"


@pytest.mark.parametrize("verdict", [Verdict.SUPPRESSED, Verdict.FAILED])
def test_what_the_gate_refuses_is_said_of_each_event_of_a_batch(
    workspace: Workspace, refusing: type[Refusing], verdict: Verdict
) -> None:
    gatherings.published(workspace, **BATCH)
    events = gatherings.send(workspace, 2)
    refusing.verdict = verdict

    assert gatherings.close_all() == 1

    assert gatherings.verdicts(*events) == [f"{verdict}:refusing"] * 2
    assert gatherings.counts(events[0]) == {"candidates": 1, verdict.value: 1}
    assert gatherings.runs(workspace) == []
    with tenancy.scope(workspace.pk):
        assert not Event.objects.filter(type="events.batched").exists()


def test_what_the_gate_refuses_is_said_of_the_last_event_of_a_debounce(
    workspace: Workspace, refusing: type[Refusing]
) -> None:
    gatherings.published(workspace, **DEBOUNCE)
    first, last = gatherings.send(workspace, 2)

    gatherings.close_all()

    assert gatherings.verdicts(first, last) == ["suppressed:debounced", "suppressed:refusing"]
    with tenancy.scope(workspace.pk):
        reason = Decision.objects.get(event=first).reason
    assert reason.endswith("came later, which was suppressed: refusing everything")


def test_the_other_controls_are_asked_once_when_it_is_closed(workspace: Workspace, refusing: type[Refusing]) -> None:
    gatherings.published(workspace, **DEBOUNCE)
    gatherings.send(workspace, 3)

    gatherings.close_all()

    with tenancy.scope(workspace.pk):
        assert FlowState.objects.get(control="refusing").state == {"asked": [True]}


def pause(workflow: Workflow) -> None:
    workflows.pause(workflow)


def archive(workflow: Workflow) -> None:
    Workflow.objects.filter(pk=workflow.pk).update(status="archived")


def switch_off(workflow: Workflow) -> None:
    catalogue.enable(workflow.triggers.get(), is_enabled=False, is_listening=True)


def replace_trigger(workflow: Workflow) -> None:
    trigger = {"id": "other", "type": "lead.closed"}
    workflows.update(workflow, factories.definition(name=workflow.name, triggers=[trigger]))
    workflows.publish(workflow, published_by="test")


@BOTH
@pytest.mark.parametrize(
    ("stop", "code"),
    [(pause, "paused"), (archive, "archived"), (switch_off, "trigger_off"), (replace_trigger, "trigger_off")],
)
def test_what_was_stopped_meanwhile_starts_nothing(
    workspace: Workspace, settings_: dict[str, Any], stop: Callable[[Workflow], None], code: str
) -> None:
    workflow = gatherings.published(workspace, **settings_)
    events = gatherings.send(workspace, 2)
    with tenancy.scope(workspace.pk):
        workflow.refresh_from_db()
        stop(workflow)

    assert gatherings.close_all() == 1

    assert gatherings.verdicts(*events) == [f"suppressed:{code}"] * 2
    assert gatherings.runs(workspace) == []


def test_a_batch_leaves_out_the_events_of_a_trigger_that_was_switched_off(workspace: Workspace) -> None:
    triggers = [{"id": "a", "type": "lead.created"}, {"id": "b", "type": "lead.closed"}]
    document = factories.definition(triggers=triggers, settings={"batch": {"max_events": 5, "seconds": 60}})
    factories.published(workspace, document)
    of_a, of_b = factories.event(workspace), factories.event(workspace, "lead.closed")
    matching.match_many([of_a.pk, of_b.pk])
    with tenancy.scope(workspace.pk):
        catalogue.enable(Trigger.objects.get(key="b"), is_enabled=False, is_listening=True)

    gatherings.close_all()

    assert gatherings.verdicts(of_a, of_b) == ["fired", "suppressed:trigger_off"]
    [run] = gatherings.runs(workspace)
    assert (run.event.data["count"], run.trigger_key) == (1, "a")


def test_a_new_version_takes_over_with_the_next_event(workspace: Workspace) -> None:
    workflow = gatherings.published(workspace, **DEBOUNCE)
    gatherings.send(workspace, 1)
    with tenancy.scope(workspace.pk):
        workflow.refresh_from_db()
        definition = factories.definition(factories.log_event("new"), name=workflow.name, settings=DEBOUNCE)
        workflows.update(workflow, definition)
        workflows.publish(workflow, published_by="test")
    assert gatherings.close_all() == 1
    gatherings.send(workspace, 1)
    assert gatherings.close_all() == 1

    with tenancy.scope(workspace.pk):
        assert list(Run.objects.order_by("pk").values_list("version__number", flat=True)) == [1, 2]


def test_one_that_cannot_be_closed_stops_no_other_and_is_tried_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gatherings.published(workspace, debounce_seconds=10, debounce_key="{{ event.data.who }}")
    gatherings.send(workspace, 1, who="ada")
    gatherings.send(workspace, 1, who="ben")
    stored, start = settling.fire, gatherings.later(3600)

    def failing(held: Any, **others: Any) -> Any:
        if (
            gatherings.rows(workspace)[0].closed_at is None
            and held[0].event_id == gatherings.rows(workspace)[0].last_event
        ):
            raise RuntimeError("no more room")
        return stored(held, **others)

    with monkeypatch.context() as patch:
        patch.setattr(settling, "fire", failing)
        assert closing.sweep(now=start) == 1
        assert closing.sweep(now=start) == 0

    ada, ben = gatherings.rows(workspace)
    assert (ada.failures, ada.last_failure, ada.due_at) == (
        1,
        "RuntimeError: no more room",
        start + timedelta(seconds=2),
    )
    assert ben.closed_at == start
    assert closing.sweep(now=start + timedelta(seconds=2)) == 1


def test_an_event_that_comes_while_it_is_closed_keeps_it_open(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gatherings.published(workspace, **DEBOUNCE)
    first = gatherings.send(workspace, 1)
    [row] = gatherings.rows(workspace)
    locked = settling.locked

    def and_one_comes(gathering: Any) -> Any:
        held = locked(gathering)
        gatherings.send(workspace, 1)
        return held

    monkeypatch.setattr(settling, "locked", and_one_comes)

    assert closing.close(row.pk, now=gatherings.later(3600)) is False
    assert gatherings.runs(workspace) == []
    assert gatherings.verdicts(*first) == ["pending:debounce"]


WRITES: list[tuple[Any, str]] = [
    (settling, "fire"),
    (settling, "hold_back"),
    (settling, "_move"),
    (tallies.Additions, "store"),
    (runs, "start_gathered"),
    (Gathering, "save"),
    (Event, "save"),
]


@BOTH
@pytest.mark.parametrize(("owner", "name"), WRITES, ids=lambda each: each if isinstance(each, str) else "")
def test_a_crash_after_any_write_leaves_everything_as_it_was(
    workspace: Workspace, settings_: dict[str, Any], owner: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gatherings.published(workspace, **settings_)
    events = gatherings.send(workspace, 2)
    [row], before, stored = gatherings.rows(workspace), everything(), getattr(owner, name)

    def crashing(*arguments: Any, **others: Any) -> Any:
        stored(*arguments, **others)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, crashing)
        try:
            closing.close(row.pk, now=gatherings.later(3600))
        except KeyboardInterrupt:
            assert everything() == before

    gatherings.close_all()
    assert len(gatherings.runs(workspace)) == 1
    assert "pending" not in " ".join(gatherings.verdicts(*events))


def everything() -> dict[str, list[Any]]:
    """All rows that a closing may touch."""
    with tenancy.unscoped("tests look at everything"):
        models: list[type[Model]] = [Decision, Event, Firing, Gathering, Run, Tally]
        return {model.__name__: list(_rows(model)) for model in models}


def _rows(model: type[Model]) -> QuerySet[Any, Any]:
    return model._default_manager.order_by("pk").values()
