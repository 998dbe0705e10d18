"""Lanes under any order of what may happen to them: the limit holds after each step, and at the end nobody waits."""

from random import Random
from typing import Any

import pytest

from core.models import Workspace
from tests import lanes
from workflows.models import ActionRun, FlowState, Run
from workflows.services import execution, recovery, stopping
from workflows.services.flow import lanes as service

pytestmark = pytest.mark.django_db

STEPS = 30


KEYED = {"limit": 2, "key": "{{ event.data.customer }}"}


class Steps:
    """What may happen, each to something that chance picks."""

    def __init__(self, workspace: Workspace, random: Random) -> None:
        self.workspace, self.random = workspace, random

    def arrive(self) -> None:
        lanes.sent_many(self.workspace, self.random.randint(1, 3), customer=self.random.choice("abc"))

    def finish(self) -> None:
        found = list(ActionRun.objects.filter(status="queued").values_list("pk", flat=True))
        if found:
            execution.execute(self.random.choice(found))

    def cancel(self) -> None:
        found = list(Run.objects.filter(finished_at=None).values_list("pk", flat=True))
        if found:
            stopping.cancel(self.random.choice(found))

    def tell(self) -> None:
        """A message, perhaps doubled, late, or about a lane with no room."""
        found = list(Run.objects.values_list("pk", flat=True))
        if found:
            service.open_for(self.random.choice(found))

    def sweep(self) -> None:
        recovery.open_lanes()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("on_limit", ["queue", "skip", "cancel_running"])
def test_the_limit_holds_after_each_step_and_nobody_is_left(scope: Workspace, on_limit: str, seed: int) -> None:
    random = Random(seed)
    limit = random.randint(1, 3)
    lanes.published(scope, concurrency={"limit": limit, "on_limit": on_limit})
    walk(scope, random, limit)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("on_limit", ["queue", "skip", "cancel_running"])
def test_the_ceiling_holds_for_all_lanes_after_each_step_and_nobody_is_left(
    scope: Workspace, on_limit: str, seed: int
) -> None:
    random = Random(seed)
    ceiling = random.randint(1, 4)
    lanes.capped(scope, ceiling)
    lanes.published(scope, concurrency={**KEYED, "on_limit": on_limit})
    walk(scope, random, ceiling)
    assert not FlowState.objects.filter(control="concurrency_ceiling").exclude(state={}).exists()


def walk(workspace: Workspace, random: Random, limit: int) -> None:
    """Go through STEPS, and then let all end; there are never more than so many that go on."""
    steps = Steps(workspace, random)
    choices: list[Any] = [steps.arrive, steps.arrive, steps.finish, steps.finish, steps.cancel, steps.tell, steps.sweep]
    for _ in range(STEPS):
        random.choice(choices)()
        assert lanes.going(workspace) <= limit
    while Run.objects.filter(finished_at=None).exists():
        recovery.open_lanes()
        assert 0 < lanes.going(workspace) <= limit
        steps.finish()

    assert set(Run.objects.values_list("held_at", "held_reason")) <= {(None, "")}
