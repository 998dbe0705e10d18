"""Nothing is lost and nothing is done twice while workers die, the broker forgets and the database goes away.

`make test` runs the short plan. `make chaos` runs the full one and prints its report; CHAOS_SEED repeats one of them.
"""

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import psycopg
import pytest

from config.environment import BASE_DIR
from tests.chaos import clients, oracle, reporting
from tests.chaos.clients import Client, People, Sender
from tests.chaos.faults import Faults, Plan
from tests.chaos.receiver import Receiver
from tests.chaos.reporting import Report
from tests.chaos.shapes import LATER, SHAPES, Shape
from tests.chaos.stage import Stage
from tests.chaos.watcher import Watcher

SHORT = Plan(seed=7, runs=60, seconds=12, quiet_seconds=90, kills=3, flushes=1, restarts=1, disorders=4)
FULL = Plan(seed=7, runs=1000, seconds=240, quiet_seconds=300, workers=2, kills=20, flushes=3, restarts=2, disorders=40)
PLAN_VARIABLE, SEED_VARIABLE = "CHAOS_PLAN", "CHAOS_SEED"
REPORTS = BASE_DIR / ".benchmarks"


def plan() -> Plan:
    chosen = FULL if os.environ.get(PLAN_VARIABLE) == "full" else SHORT
    return Plan(**{**vars(chosen), "seed": int(os.environ.get(SEED_VARIABLE, chosen.seed))})


@pytest.mark.long
def test_nothing_is_lost_or_done_twice_whatever_dies(tmp_path: Path) -> None:
    report = perform(plan(), tmp_path)

    print(f"\n{report}")
    if os.environ.get(PLAN_VARIABLE):
        REPORTS.mkdir(exist_ok=True)
        (REPORTS / f"chaos-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.json").write_text(report.as_json())
    assert report.violations == []


def perform(plan: Plan, path: Path) -> Report:
    random, begun = Random(plan.seed), time.monotonic()
    with Receiver(seed=plan.seed) as receiver, Stage(path, workers=plan.workers) as stage:
        client = Client(stage)
        shapes, absent = publish(client, receiver.url)
        watcher, people = Watcher(stage), People(client)
        sender = Sender(
            client,
            clients.events(shapes, number=plan.runs, random=random),
            seconds=plan.seconds,
            random=Random(plan.seed),
        )
        faults = Faults(stage, plan, random=random)
        for thread in (watcher, people, sender):
            thread.start()
        faults.run()
        settled = settle(stage, sender, seconds=plan.quiet_seconds)
        people.is_over.set()
        watcher.stop()
        with stage.database() as connection:
            story = oracle.read(connection, accepted=sender.accepted, lines=receiver.lines)
        numbers = reporting.numbers(story, struck_at=faults.struck_at) | {
            "answers to the senders": dict(client.answers),
            "died by themselves, and started again": dict(stage.revived),
            "looks of the watcher": watcher.looks,
            "shapes": [shape.name for shape in shapes],
            "shapes not possible yet": absent,
            "seconds from the last fault to quiet": settled,
        }
        violations = [*watcher.regressions, *oracle.judge(story)]
    return Report(plan, time.monotonic() - begun, dict(faults.injected), numbers, violations)


def publish(client: Client, receiver: str) -> tuple[Sequence[Shape], list[str]]:
    """Publish every shape whose types are installed; returns these, and the names of the others."""
    from actions.registry import action_types

    possible = [shape for shape in LATER if all(action_types.find(type_) for type_ in shape.types)]
    shapes = sorted([*SHAPES, *possible], key=lambda shape: shape.starts)  # who is started by others comes first
    for shape in shapes:
        problem = client.publish(shape, receiver=receiver)
        assert not problem, f"{shape.name}: {problem}"
    return shapes, [shape.name for shape in LATER if shape not in possible]


def settle(stage: Stage, sender: Sender, *, seconds: float) -> float:
    """Wait until all is sent and nothing is underway, at the longest so many seconds; returns how many it took."""
    begun = time.monotonic()
    while time.monotonic() < begun + seconds:
        stage.look()
        try:
            with stage.database() as connection:
                if not sender.is_alive() and not oracle.unquiet(connection):
                    break
        except psycopg.Error:
            pass
        time.sleep(0.2)
    return round(time.monotonic() - begun, 1)
