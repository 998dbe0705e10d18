"""Flow control over events that came, with nothing asked of a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.expressions import scope
from core.ids import new_id
from core.models import Role
from triggers.models import Event
from triggers.ports import Admission
from workflows.definitions import plan
from workflows.definitions.document import Definition
from workflows.definitions.flow import Flow
from workflows.services.backtesting import simulating
from workflows.services.backtesting.simulating import Simulation
from workflows.services.flow.starts import Origin, Start
from workflows.services.versions import Published

pytestmark = pytest.mark.django_db

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
WORKFLOW, VERSION = new_id(), new_id()
DEFINITION = Definition.model_validate({"name": "x", "actions": [{"id": "a", "type": "log_event"}]})
PUBLISHED = Published(DEFINITION, plan.compile(DEFINITION), 1, WORKFLOW, "x", Role.ADMIN)


def start(flow: Flow, second: int, key: str) -> Start:
    names = {"id": f"{second}", "data": {"key": key} if key else {}}
    now = NINE + timedelta(seconds=second)
    return Start(
        workflow_id=WORKFLOW,
        version_id=VERSION,
        published=PUBLISHED,
        flow=flow,
        event=Event(id=new_id(), event_id=str(second)),
        scope=lambda: scope.build(now=now, event=names),
        limits={},
        origin=Origin.EVENT,
        now=now,
    )


def told(settings: dict[str, Any], *events: tuple[int, str]) -> dict[int, str]:
    """What became of events at these seconds, with these keys: by second, the verdict or the code for why not."""
    found: dict[int, str] = {}

    def settle(each: Start, admission: Admission) -> None:
        found[int(each.event.event_id)] = admission.code or str(admission.verdict)

    simulation, flow = Simulation(settle), Flow.model_validate(settings)
    for second, key in events:
        simulation.ask(start(flow, second, key))
    simulation.until(NINE + timedelta(seconds=1000))
    simulation.end()
    return found


CASES: list[tuple[dict[str, Any], list[tuple[int, str]], dict[int, str]]] = [
    ({}, [(0, "a"), (0, "a")], {0: "fired"}),
    ({"cooldown_seconds": 10}, [(0, "a"), (9, "b"), (10, "a")], {0: "fired", 9: "cooldown", 10: "fired"}),
    (
        {"cooldown_seconds": 10, "cooldown_key": "{{ key }}"},
        [(0, "a"), (1, "b"), (9, "a")],
        {0: "fired", 1: "fired", 9: "cooldown"},
    ),
    (
        {"dedupe": {"key": "{{ key }}", "window_seconds": 60}},
        [(0, "a"), (59, "a"), (60, "a")],
        {0: "fired", 59: "dedupe", 60: "fired"},
    ),
    (
        {"rate_limit": {"limit": 2, "per_seconds": 10}},
        [(0, "a"), (5, "a"), (9, "a"), (10, "a"), (11, "a")],
        {0: "fired", 5: "fired", 9: "rate_limit", 10: "fired", 11: "rate_limit"},
    ),
    (
        {"debounce_seconds": 10},
        [(0, "a"), (9, "a"), (19, "a"), (40, "a")],
        {0: "debounced", 9: "fired", 19: "fired", 40: "fired"},
    ),
    (
        {"debounce_seconds": 10, "debounce_max_seconds": 15},
        [(0, "a"), (9, "a"), (14, "a"), (16, "a")],
        {0: "debounced", 9: "debounced", 14: "fired", 16: "fired"},
    ),
    (
        {"debounce_seconds": 10, "debounce_key": "{{ key }}", "cooldown_seconds": 100},
        [(0, "a"), (1, "b"), (95, "a"), (106, "a")],  # over at 10, 11, 105, 116: the cooldown is over at 110
        {0: "fired", 1: "cooldown", 95: "cooldown", 106: "fired"},
    ),
    ({"debounce_seconds": 10}, [(995, "a")], {995: "debounce"}),
    ({"cooldown_seconds": 10, "cooldown_key": "{{ key }}"}, [(0, "")], {0: "key"}),
    ({"batch": {"max_events": 2, "seconds": 5}}, [(0, ""), (1, "")], {0: "fired", 1: "fired"}),
]  # fmt: skip


def test_each_control_holds_back_by_the_time_of_the_events() -> None:
    for settings, events, expected in CASES:
        assert told(settings, *events) == expected, settings


def test_what_is_not_simulated_is_named() -> None:
    flow = Flow.model_validate(
        {"concurrency": {"limit": 1}, "throttle": {"limit": 1, "per_seconds": 1}, "cooldown_seconds": 5}
    )

    assert simulating.left_out(flow, {"max_runs_per_day": 5}) == ["concurrency", "throttle", "quota"]
    assert simulating.left_out(Flow(batch={"max_events": 2, "seconds": 1}, cooldown_seconds=5), {}) == [
        "batch",
        "cooldown",
    ]
