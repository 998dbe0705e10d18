"""Workflows of any shape come to an end, and to the same one in both modes."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.workflows.flows.conftest import failing, step
from triggers.services import matching
from workflows.engine.states import FINISHED_ACTION, FINISHED_RUN
from workflows.models import ActionRun, Run

pytestmark = pytest.mark.django_db

EXAMPLES = 12
MAX_DEPTH = 2
Json = dict[str, Any]


@st.composite
def definitions(draw: st.DrawFn) -> list[Json]:
    """Actions with needs on earlier ones, by any of their ports, nested up to `MAX_DEPTH` levels."""
    return body(draw, (f"a{number}" for number in count()), depth=0)


def body(draw: st.DrawFn, keys: Iterator[str], *, depth: int) -> list[Json]:
    actions: list[Json] = []
    for _ in range(draw(st.integers(1, 4 if depth == 0 else 2))):
        action = draw(st.sampled_from(KINDS if depth < MAX_DEPTH else FLAT))(draw, next(keys), keys, depth)
        has_needs: bool = bool(actions) and draw(st.booleans())
        if has_needs:
            earlier = draw(
                st.lists(st.sampled_from(actions), min_size=1, max_size=2, unique_by=lambda each: each["id"])
            )
            action["needs"] = [f"{each['id']}.{draw(st.sampled_from(ports(each)))}" for each in earlier]
            action["join"] = draw(st.sampled_from(["all", "any"]))
        elif draw(st.booleans()):
            action["needs"] = []
        action["allow_failure"] = draw(st.booleans())
        actions.append(action)
    return actions


def ports(action: Json) -> list[str]:
    own = {"condition": ["true", "false"]}.get(action["type"], ["done"])
    return [*own, "error"]


def line(draw: st.DrawFn, key: str, *_: Any) -> Json:
    return step(key)


def failure(draw: st.DrawFn, key: str, *_: Any) -> Json:
    return failing(key)


def retried(draw: st.DrawFn, key: str, *_: Any) -> Json:
    retry = {"max_attempts": 2, "initial_seconds": draw(st.sampled_from([0, 5]))}
    return {"id": key, "type": "test_trying", "params": {"succeed_on_attempt": 2}, "retry": retry}


def condition(draw: st.DrawFn, key: str, *_: Any) -> Json:
    compared = {"field": "n", "operator": "eq", "value": draw(st.sampled_from([1, 2]))}
    return {"id": key, "type": "condition", "params": {"if": compared}}


def delay(draw: st.DrawFn, key: str, *_: Any) -> Json:
    return {"id": key, "type": "delay", "params": {"seconds": 60}}


def loop(draw: st.DrawFn, key: str, keys: Iterator[str], depth: int) -> Json:
    items = {
        "items": list(range(draw(st.integers(0, 3)))),
        "max_parallel": draw(st.integers(1, 3)),
        "on_failure": draw(st.sampled_from(["stop", "continue", "collect"])),
    }
    if draw(st.booleans()):
        return {**draw(st.sampled_from([step, failing]))(key), "for_each": items}
    return {"id": key, "type": "loop", "for_each": items, "params": {"actions": body(draw, keys, depth=depth + 1)}}


def parallel(draw: st.DrawFn, key: str, keys: Iterator[str], depth: int) -> Json:
    branches = {name: body(draw, keys, depth=depth + 1) for name in ("l", "r")}
    return {"id": key, "type": "parallel", "params": {"branches": branches}}


FLAT = [line, line, failure, retried, condition, delay]
KINDS = [*FLAT, loop, parallel]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=definitions())
def test_a_workflow_of_any_shape_ends_and_in_both_modes_alike(
    workspace: Workspace, settings: Settings, actions: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.services.workflows.problems", lambda *_, **__: [])  # needs may be impossible to meet
    ends = []
    for is_fast in (True, False):
        settings.RUN_FAST_FORWARD = is_fast
        run = runner.finish(started(workspace, actions))
        assert run.status in FINISHED_RUN
        assert set(runner.states(run).values()) <= set(FINISHED_ACTION)
        assert_tries_are_in_order(run)
        ends.append((run.status, (run.error or {}).get("code"), runner.states(run)))
    if "failed" not in ends[0][2].values():  # what had begun when another failed depends on who came first
        assert ends[0] == ends[1]
    assert ends[0][0] == ends[1][0]


def started(workspace: Workspace, actions: list[Json]) -> Run:
    number = next(_numbers)
    document = factories.definition(*actions, name=f"Any {number}", trigger={"type": f"any.number{number}"})
    factories.published(workspace, document)
    event = factories.event(workspace, f"any.number{number}", n=1)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        return Run.objects.get(event=event)


_numbers = count()


def assert_tries_are_in_order(run: Run) -> None:
    with tenancy.scope(run.workspace_id):
        for row in ActionRun.objects.filter(run=run).prefetch_related("attempts"):
            assert [each.number for each in row.attempts.all()] == list(range(1, row.attempt + 1))
