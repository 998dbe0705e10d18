"""Two clocks in processes of their own: what beat does when somebody started it twice."""

from datetime import UTC, datetime, timedelta

import pytest

from core import tenancy
from core.models import Workspace
from tests import clocks, schedules
from triggers.models import Event, Schedule, Tick

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
NUMBER = 300


@pytest.mark.django_db(transaction=True)
def test_two_clocks_double_and_miss_nothing(workspace: Workspace, other_workspace: Workspace) -> None:
    schedules.many([workspace, other_workspace], NUMBER, params={"cron": "* * * * *", "catch_up": "all"}, slot=NINE)

    with clocks.clocks(2) as both:
        for clock in both:
            clock.strike(NINE + timedelta(minutes=4, seconds=30))
        fired = [clock.result()[0] for clock in both]

    assert sum(fired) == 5 * NUMBER
    with tenancy.unscoped("the test looks at all of them"):
        ids = list(Event.objects.values_list("event_id", flat=True))
        assert len(set(ids)) == len(ids) == 5 * NUMBER
        assert Tick.objects.filter(status="fired").count() == Tick.objects.count() == 5 * NUMBER
        assert set(Schedule.objects.values_list("next_slot", flat=True)) == {NINE + timedelta(minutes=5)}
