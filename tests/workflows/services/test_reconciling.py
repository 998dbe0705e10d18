"""That everything is accounted for, and that whatever is not is found."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from core import tenancy
from core.models import DeadLetter, Workspace
from tests import factories, gatherings, hooks
from tests.triggers.stream import Stream
from triggers.models import Decision, Event, Firing, Subscription, Tally
from triggers.services import failures, matching, tallies
from workflows.models import Gathering, Run
from workflows.selectors.ledgers import Ledger
from workflows.services import reconciling
from workflows.services.reconciling import Account

pytestmark = pytest.mark.django_db


def reconciled(workspace: Workspace, **options: Any) -> Account:
    return reconciling.reconcile(workspace, **options)


def codes(workspace: Workspace) -> set[str]:
    return {each.code for each in reconciled(workspace).drifts}


def happen(workspace: Workspace) -> None:
    """Every verdict there is: fired alone, in a batch and after a debounce, not matched, held back, failed, pending."""
    factories.published(workspace, factories.definition(name="Plain", trigger={"type": "lead.*", "filters": {"n": 1}}))
    gatherings.published(workspace, name="Batch", batch={"max_events": 2, "seconds": 60})
    gatherings.published(workspace, name="Debounce", debounce_seconds=10)
    broken = {"field": "n", "operator": "no_such_operator", "value": 1}
    factories.published(workspace, factories.definition(name="Broken"))
    with tenancy.scope(workspace.pk):
        broken_ones = Subscription.objects.filter(trigger__workflow__name="Broken")
        broken_ones.update(conditions=broken)
    gatherings.send(workspace, 4)
    gatherings.close_all()
    deep = factories.event(workspace, n=1)
    with tenancy.scope(workspace.pk):
        Event.objects.filter(pk=deep.pk).update(depth=99)
    matching.match(deep.pk)
    gatherings.send(workspace, 1)
    hooks.post(hooks.published(workspace, event="lead.created"), {"n": 1})
    hooks.post(hooks.published(workspace, name="Private"), {"n": 1})
    with tenancy.scope(workspace.pk):
        matching.match_many(list(Event.objects.filter(matched_at=None).values_list("pk", flat=True)))
    gatherings.close_all(after_seconds=0)


def test_all_sources_agree_on_a_mixed_stream(workspace: Workspace, other_workspace: Workspace) -> None:
    happen(other_workspace)
    happen(workspace)

    account = reconciled(workspace)

    assert account.drifts == ()
    summaries, rows, tallied = account.ledgers
    numbers = {name: getattr(rows, name) for name in (*reconciling.COMPARED, "events")}
    assert [number for number in numbers.values() if number == 0] == []
    for each in (summaries, tallied):
        assert {name: getattr(each, name) for name in reconciling.COMPARED} == {
            name: numbers[name] for name in reconciling.COMPARED
        }
    assert summaries.events == rows.events == 8
    verdicts = ("fired", "not_matched", "suppressed", "failed", "pending")
    assert numbers["candidates"] == sum(numbers[name] for name in verdicts)


@pytest.mark.usefixtures("scope")
def test_a_random_stream_through_workflows_that_change_and_gather_has_no_drift(workspace: Workspace) -> None:
    chance = random.Random(20_261_122)
    sent = GatheringStream(workspace, chance)
    sent.begin(number=8)
    for number in range(8):
        sent.send(number=12)
        sent.edit()
        gatherings.close_all(after_seconds=chance.choice([0, 5, 100]))
        if number % 3 == 0:
            tallies.sum_up()

    account = reconciled(workspace)

    assert account.drifts == ()
    assert min(getattr(account.ledgers[0], name) for name in reconciling.COMPARED if name != "failed") > 0
    assert Run.objects.filter(event__type="events.batched").exists()


class GatheringStream(Stream):
    """A stream through workflows of which most gather."""

    def _definition(self, name: str) -> dict[str, Any]:
        definition: dict[str, Any] = super()._definition(name)
        settings = self.chance.choice(
            [
                {},
                {"batch": {"max_events": self.chance.randint(2, 5), "seconds": 60, "key": "{{ event.data.country }}"}},
                {"debounce_seconds": 10, "debounce_key": "{{ event.type }}"},
                {"debounce_seconds": 10, "debounce_max_seconds": 1},
            ]
        )
        return {**definition, "settings": settings}


def firing() -> None:
    Firing.objects.filter(gathering=None)[0].delete()  # and its run


def batched_firing() -> None:
    Firing.objects.filter(gathering__isnull=False, run=None)[0].delete()


def run() -> None:
    Run.objects.filter(firing__gathering=None)[0].delete()


def batched_run() -> None:
    Run.objects.filter(event__type="events.batched")[0].delete()


def decision() -> None:
    Decision.objects.filter(verdict="suppressed")[0].delete()


def pending_decision() -> None:
    Decision.objects.filter(verdict="pending")[0].delete()


def verdict() -> None:
    row = Decision.objects.filter(verdict="pending")[0]
    Decision.objects.filter(pk=row.pk).update(verdict="suppressed")


def tally() -> None:
    Tally.objects.filter(fired__gt=0).update(fired=F("fired") + 1)


def seen_tally() -> None:
    row = Tally.objects.filter(seen__gt=0)[0]
    Tally.objects.filter(pk=row.pk).update(seen=F("seen") + 1)


def summary() -> None:
    row = Event.objects.filter(decision__fired__gt=0)[0]
    Event.objects.filter(pk=row.pk).update(decision={**(row.decision or {}), "fired": 7})


def candidates() -> None:
    row = Event.objects.filter(decision__isnull=False)[0]
    Event.objects.filter(pk=row.pk).update(decision={**(row.decision or {}), "candidates": 70})


def doubled_verdict() -> None:
    row = Decision.objects.filter(verdict="suppressed")[0]
    Firing.objects.create(
        workspace_id=row.workspace_id,
        trigger_id=row.trigger_id,
        event_id=row.event_id,
        dedupe_key="by hand",
        fired_at=row.decided_at,
    )


def closed_by_hand() -> None:
    Gathering.objects.filter(closed_at=None).update(closed_at=timezone.now(), is_open=False)


def overdue() -> None:
    Gathering.objects.filter(closed_at=None).update(due_at=timezone.now() - timedelta(minutes=2))


TAMPERING: list[tuple[Callable[[], object], set[str]]] = [
    (firing, {"sum_fired", "sum_not_matched", "summary_fired", "tally_fired"}),
    (batched_firing, {"sum_fired", "sum_not_matched", "summary_fired", "tally_fired"}),
    (run, {"firing_without_run"}),
    (batched_run, {"gathering_without_one_run"}),
    (decision, {"sum_suppressed", "sum_not_matched", "summary_suppressed", "tally_suppressed"}),
    (pending_decision, {"sum_pending", "sum_not_matched", "summary_pending", "tally_pending", "gathering_count"}),
    (
        verdict,
        {
            "sum_pending", "sum_suppressed", "summary_pending", "summary_suppressed", "tally_pending",
            "tally_suppressed", "gathering_count",
        },
    ),
    (tally, {"sum_fired", "sum_not_matched", "tally_fired"}),
    (seen_tally, {"sum_candidates", "sum_not_matched"}),
    (summary, {"sum_fired", "sum_not_matched", "summary_fired", "more_verdicts_than_candidates"}),
    (candidates, {"sum_candidates", "sum_not_matched", "candidates"}),
    (
        doubled_verdict,
        {"sum_fired", "sum_not_matched", "summary_fired", "tally_fired", "fired_and_held_back", "firing_without_run"},
    ),
    (closed_by_hand, {"pending_for_nothing"}),
    (overdue, {"overdue"}),
]  # fmt: skip


@pytest.mark.parametrize(("tamper", "expected"), TAMPERING, ids=[each.__name__ for each, _ in TAMPERING])
def test_every_kind_of_tampering_is_found(
    workspace: Workspace, tamper: Callable[[], object], expected: set[str]
) -> None:
    happen(workspace)
    with tenancy.scope(workspace.pk):
        tamper()

    assert codes(workspace) == expected


def test_a_drift_names_what_is_wrong(workspace: Workspace) -> None:
    gatherings.published(workspace)
    gatherings.send(workspace, 1)
    with tenancy.scope(workspace.pk):
        row = Firing.objects.get()
        Run.objects.get().delete()

    [drift] = reconciled(workspace).drifts

    assert (drift.code, drift.number, drift.examples) == ("firing_without_run", 1, (str(row.pk),))
    assert drift.sentence == f"1 firings have no run: {row.pk}"


def test_what_waits_to_be_decided_is_no_drift(workspace: Workspace) -> None:
    event = factories.event(workspace)

    soon = reconciled(workspace, now=event.received_at + timedelta(seconds=60))
    late = reconciled(workspace, now=event.received_at + timedelta(seconds=61))

    assert (soon.undecided, late.undecided, late.undecided_examples) == (0, 1, (str(event.pk),))
    assert (soon.drifts, late.drifts) == ((), ())


def test_a_dead_event_waits_for_nobody_and_has_a_letter(workspace: Workspace) -> None:
    event = factories.event(workspace)
    failures.give_up(event.pk, code="matching_failed", message="boom")
    late = event.received_at + timedelta(seconds=61)
    assert (reconciled(workspace, now=late).undecided, codes(workspace)) == (0, set())

    with tenancy.scope(workspace.pk):
        DeadLetter.objects.all().delete()

    assert codes(workspace) == {"dead_without_letter"}


def test_since_leaves_out_what_came_before_and_the_tallies(workspace: Workspace) -> None:
    gatherings.published(workspace)
    _, after = gatherings.send(workspace, 2)

    account = reconciled(workspace, since=after.received_at)

    assert account.ledgers == (Ledger("summaries", 1, 1, 1, 0, 0, 0), Ledger("rows", 1, 1, 1, 0, 0, 0))


def test_events_of_an_older_release_are_left_out(workspace: Workspace) -> None:
    gatherings.published(workspace)
    gatherings.send(workspace, 1)
    with tenancy.scope(workspace.pk):
        Event.objects.update(decision=None, generation=None)
        Tally.objects.all().delete()

    assert codes(workspace) == set()
