from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from core.models import Workspace
from tests import factories, races
from triggers import tasks
from triggers.models import Tally, Trigger
from triggers.services import matching, tallies
from triggers.services.tallies import Additions
from workflows.services import workflows

pytestmark = pytest.mark.usefixtures("scope")


def happen(workspace: Workspace, *types: str, **data: Any) -> None:
    matching.match_many([factories.event(workspace, type_, **data).pk for type_ in types])


def counts(trigger: Trigger) -> dict[str, Any]:
    found = tallies.of_triggers([trigger])[trigger.pk]
    return {name: found[name] for name in ("seen", "matched", "fired", "suppressed", "failed")}


def test_a_trigger_has_seen_what_was_decided_while_it_listened(workspace: Workspace) -> None:
    trigger = {"type": "lead.*", "filters": {"n": 1}}
    workflow = factories.published(workspace, factories.definition(trigger=trigger))
    [row] = Trigger.objects.all()

    happen(workspace, "lead.created", "lead.closed", "deal.won", n=1)
    happen(workspace, "lead.created", n=2)
    workflows.pause(workflow)
    happen(workspace, "lead.created", n=1)
    workflows.resume(workflow)
    happen(workspace, "lead.created", n=1)

    assert counts(row) == {"seen": 4, "matched": 3, "fired": 3, "suppressed": 0, "failed": 0}
    assert tallies.of_triggers([row])[row.pk]["last_fired_at"] is not None


def test_a_trigger_that_saw_nothing_has_counted_nothing(workspace: Workspace) -> None:
    factories.published(workspace)
    [row] = Trigger.objects.all()

    assert set(counts(row).values()) == {0}
    assert tallies.of_triggers([row])[row.pk]["last_fired_at"] is None


def add(number: int, *, event_type: str = "a", trigger: Trigger | None = None) -> None:
    for _ in range(number):
        additions = Additions(timezone.now())
        additions.seen[event_type, 1, None if trigger is None else trigger.pk] += 1
        additions.store()


def test_many_additions_are_summed_up_and_few_are_left(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "KEPT", 3)
    factories.published(workspace)
    [trigger] = Trigger.objects.all()
    add(5)
    add(4, trigger=trigger)
    add(3, event_type="b")

    tasks.sum_up.run()
    assert tallies.sum_up() == 0

    rows = Tally.objects.order_by("event_type", "trigger").values_list("event_type", "trigger", "seen")
    assert list(rows) == [("a", trigger.pk, 4), ("a", None, 5), ("b", None, 1), ("b", None, 1), ("b", None, 1)]


@pytest.mark.django_db(transaction=True)
def test_summing_up_at_once_changes_no_sum(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "KEPT", 3)
    add(60)

    races.at_once(lambda _: tallies.sum_up(), threads=6)

    assert Tally.objects.aggregate(Sum("seen")) == {"seen__sum": 60}
