"""What is wrong with the flow control of a definition."""

from typing import Any

import pytest

from tests.factories import definition
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known

ALL = {
    "concurrency": {"limit": 1, "key": "{{ lead.id }}", "on_limit": "queue"},
    "rate_limit": {"limit": 100, "per_seconds": 60, "key": "{{ workspace.id }}"},
    "throttle": {"limit": 1, "per_seconds": 1},
    "cooldown_seconds": 60,
    "dedupe": {"key": "{{ event.id }}", "window_seconds": 86400},
    "debounce_seconds": 0,
    "circuit_breaker": {"failures": 10, "window_seconds": 300, "pause_seconds": 600},
    "priority": 0,
}

WRONG: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"concurrency": 0}, ("/settings/concurrency/limit", "invalid")),
    ({"concurrency": {"limit": 1, "on_limit": "wait"}}, ("/settings/concurrency/on_limit", "invalid")),
    ({"rate_limit": {"limit": 1}}, ("/settings/rate_limit/per_seconds", "missing")),
    ({"rate_limit": {"limit": 1, "per_seconds": 1, "burst": 2}}, ("/settings/rate_limit/burst", "unknown_field")),
    ({"rate_limit": {"limit": 1, "per_seconds": 1, "key": "{{ a.b"}}, ("/settings/rate_limit/key", "invalid_template")),
    ({"throttle": {"limit": 1, "per_seconds": 1, "key": "{{ run.id }}"}}, ("/settings/throttle/key", "unknown_path")),
    ({"cooldown_seconds": 5, "cooldown_key": "{{ secrets.a }}"}, ("/settings/cooldown_key", "unknown_path")),
    ({"dedupe": {"key": "always"}}, ("/settings/dedupe/key", "constant_key")),
    ({"batch": {"max_events": 5, "seconds": 1}, "debounce": 3}, ("/settings/batch", "conflict")),
    ({"priority": 101}, ("/settings/priority", "invalid")),
    ({"circuit_breaker": {"failures": 0}}, ("/settings/circuit_breaker/failures", "invalid")),
]


def found(settings: Any) -> list[tuple[str, str]]:
    document = shorthand.normalise(definition(settings=settings))
    return [(problem.path, problem.code) for problem in check(document, Known())]


def test_all_controls_of_the_contract_are_accepted_together() -> None:
    assert found(ALL) == []


@pytest.mark.parametrize(("settings", "problem"), WRONG, ids=[path for _, (path, _) in WRONG])
def test_each_mistake_is_told_at_its_place(settings: dict[str, Any], problem: tuple[str, str]) -> None:
    assert found(settings) == [problem]


@pytest.mark.parametrize("settings", [[], "x", {"concurrency": "x", "batch": [], "dedupe": 3, "cooldown_key": 1}])
def test_parts_of_the_wrong_kind_are_the_problem_of_the_shape(settings: Any) -> None:
    assert all(code in {"invalid", "invalid_type"} for _, code in found(settings))
