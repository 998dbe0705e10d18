"""50,000 events through workflows that are edited meanwhile: every decision adds up and is explained as it was made.

Takes about ten minutes: `make bench BENCHMARKS=benchmarks/decisions.py`; the test suite sends some hundreds of events
(`test_reconciling.py`). Prints what became of all, and what a decision and its explanation took.
"""

import random
import time

import pytest

from core import tenancy
from tests import factories
from tests.triggers import stream
from tests.triggers.stream import Stream
from triggers.models import Trigger
from triggers.services import tallies

EVENTS, AT_ONCE, WORKFLOWS = 50_000, 500, 20


@pytest.mark.django_db(transaction=True)
def test_every_decision_of_fifty_thousand_events_adds_up() -> None:
    workspace = factories.WorkspaceFactory.create()
    with tenancy.scope(workspace.pk):
        sent = Stream(workspace, random.Random(20_261_121))
        sent.begin(number=WORKFLOWS)
        began = time.perf_counter()
        for _ in range(EVENTS // AT_ONCE):
            sent.send(number=AT_ONCE)
            sent.edit()
        decided = time.perf_counter()
        totals = stream.account_for(sent)
        explained = time.perf_counter()

        outcomes = {name: totals[name] for name in ("fired", "not_matched", "suppressed", "failed")}
        counted = tallies.of_triggers(list(Trigger.objects.all())).values()
    print(f"\n{EVENTS:,} events, {stream.subscriptions_of(sent)} subscriptions: {totals['candidates']:,} candidates =")
    print(" + ".join(f"{number:,} {name}" for name, number in outcomes.items()))
    print(f"accepting and deciding {1000 * (decided - began) / EVENTS:.2f} ms, all runs started;", end=" ")
    print(f"explaining {1000 * (explained - decided) / EVENTS:.2f} ms an event, all its candidates")
    assert totals["candidates"] == sum(outcomes.values()) == sum(each["seen"] for each in counted)
    assert totals["fired"] == sum(each["fired"] for each in counted)
