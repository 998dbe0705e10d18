"""The example of docs/triggers.md about SQL over events, run as it stands there; and its numbers."""

import re

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.documentation import blocks, chapter, page, parsed
from triggers.api.trigger_shapes import WatchResponse
from triggers.engine import arrivals
from triggers.models import Event, QueryWatch
from triggers.services import matching, query_watching
from triggers.services.querying import running
from triggers.types import sql
from workflows.models import Run

TEXT = chapter(page("docs/triggers.md"), "SQL over events")
[EXAMPLE] = map(parsed, blocks(TEXT, "yaml"))


@pytest.mark.django_db(transaction=True)
def test_events_come_in_the_query_finds_them_and_the_run_is_there(workspace: Workspace) -> None:
    factories.published(workspace, EXAMPLE)
    came = [("ann", "1"), ("ann", "2"), ("ann", "2"), ("bob", "3"), ("bob", "3"), ("bob", "3"), ("eve", "4")]
    for user, ip in came:
        factories.event(workspace, "login.failed", user=user, ip=ip)
    with tenancy.scope(workspace.pk):
        watch = QueryWatch.objects.get()

    assert query_watching.ask(watch.pk, now=watch.next_run_at) == 2  # eve failed once

    with tenancy.scope(workspace.pk):
        matching.match_many([row.pk for row in Event.objects.filter(type="sql.matched")])
        runner.drain()
        [run] = Run.objects.all()  # bob's came from one address
    assert runner.outputs(run)["log_event"]["message"] == "ann failed 3 times from 2 addresses"


def test_numbers_and_members_are_those_of_the_code() -> None:
    words = set(re.findall(r"`(\w+)`", TEXT))

    assert {*sql.Params.model_fields} | {*WatchResponse.model_fields} <= words | {"watch"}
    assert f"{sql.MIN_SECONDS} to {sql.MAX_SECONDS:,}; {sql.Params.model_fields['every_seconds'].default} by" in TEXT
    assert f"The first {query_watching.MAX_ROWS} rows" in TEXT
    assert f"up to {arrivals.MAX_MET:,}:" in TEXT
    assert f"{query_watching.MAX_AGE.days} days ago" in TEXT
    assert f"{running.PER_MINUTE} in a minute" in TEXT
