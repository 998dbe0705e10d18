"""Two processes that race for what flow control lets in: exactly the limit passes."""

from typing import Any

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories, rivals
from triggers.models import Decision, EventDay
from workflows.models import Run, Workflow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]

TRIES = 12


def raced(workspace: Workspace, what: str, *ids: list[Any], tries: int = TRIES) -> int:
    """How often two processes got through together, both trying so often; each has its own ids."""
    code = f"""
from tests.workflows import racing
print(racing.passed({what!r}, {tries}, {str(workspace.pk)!r}, {[[str(each) for each in own] for own in ids]}[number]))
"""
    return sum(int(said) for said in rivals.race(code, number=len(ids)))


def matched(workspace: Workspace, **held: Any) -> tuple[int, set[str]]:
    """How many events of twice TRIES fired, and why the others did not."""
    factories.published(workspace, factories.definition(settings=held))
    ids = [factories.event(workspace, name="acme").pk for _ in range(2 * TRIES)]
    fired = raced(workspace, "match", ids[:TRIES], ids[TRIES:])
    with tenancy.scope(workspace.pk):
        assert Run.objects.count() == fired
        assert Decision.objects.count() == 2 * TRIES - fired
        return fired, set(Decision.objects.values_list("code", flat=True))


def allowed(workspace: Workspace, **limits: int) -> None:
    workspace.limits = limits
    workspace.save()


CONTROLS = [
    ({"rate_limit": {"limit": 5, "per_seconds": 3600, "key": "{{ event.data.name }}"}}, 5, "rate_limit"),
    ({"cooldown_seconds": 3600}, 1, "cooldown"),
    ({"dedupe": {"key": "{{ event.data.name }}"}}, 1, "dedupe"),
]


@pytest.mark.parametrize(("held", "limit", "code"), CONTROLS, ids=[code for *_, code in CONTROLS])
def test_of_events_that_two_workers_match_exactly_the_limit_starts(
    workspace: Workspace, held: dict[str, Any], limit: int, code: str
) -> None:
    assert matched(workspace, **held) == (limit, {code})


def test_of_events_exactly_the_ceiling_of_the_workspace_starts(workspace: Workspace) -> None:
    workspace.flow = {"ceilings": {"rate_limit": {"limit": 5, "per_seconds": 3600}}}
    workspace.save()

    assert matched(workspace) == (5, {"rate_limit"})


def test_of_events_exactly_as_many_as_the_ceiling_go_on(workspace: Workspace) -> None:
    """And the default of the workspace says what becomes of the others."""
    workspace.flow = {
        "ceilings": {"concurrency": 5},
        "defaults": {"concurrency": {"limit": 50, "on_limit": "skip"}},
    }
    workspace.save()

    assert matched(workspace) == (5, {"concurrency"})


def test_of_events_exactly_as_many_as_the_ceiling_go_on_whatever_their_key(workspace: Workspace) -> None:
    workspace.flow = {"ceilings": {"concurrency": 5}}
    workspace.save()

    each_its_own = {"limit": 20, "key": "{{ event.id }}", "on_limit": "skip"}
    assert matched(workspace, concurrency=each_its_own) == (5, {"concurrency"})


def test_of_events_exactly_the_quota_of_a_day_starts(workspace: Workspace) -> None:
    allowed(workspace, max_runs_per_day=7)

    assert matched(workspace) == (7, {"quota"})


def test_of_starts_by_hand_exactly_the_limit_starts(workspace: Workspace) -> None:
    rate = {"rate_limit": {"limit": 5, "per_seconds": 3600}}
    workflow = factories.published(workspace, factories.definition(settings=rate))

    assert raced(workspace, "execute", [workflow.pk], [workflow.pk]) == 5
    with tenancy.scope(workspace.pk):
        assert Run.objects.count() == 5


def test_of_new_workflows_exactly_the_quota_is_made(workspace: Workspace) -> None:
    allowed(workspace, max_workflows=5)

    assert raced(workspace, "create", [], []) == 5
    with tenancy.scope(workspace.pk):
        assert Workflow.objects.count() == 5


def test_of_events_that_are_sent_exactly_the_quota_of_a_day_is_accepted(workspace: Workspace) -> None:
    allowed(workspace, max_events_per_day=5)

    assert raced(workspace, "accept", [], []) == 5
    with tenancy.scope(workspace.pk):
        assert EventDay.objects.get().accepted == 5
