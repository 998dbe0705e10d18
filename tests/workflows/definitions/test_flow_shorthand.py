"""Flow control as people write it, and as it is stored."""

from typing import Any

import pytest

from workflows.definitions import flow_shorthand
from workflows.definitions.document import Settings

CASES = [
    ({"concurrency": 1}, {"concurrency": {"limit": 1}}),
    ({"concurrency": {"limit": 2, "key": "{{ lead.id }}"}}, {"concurrency": {"limit": 2, "key": "{{ lead.id }}"}}),
    ({"cooldown": 60}, {"cooldown_seconds": 60}),
    ({"cooldown": {"seconds": 60, "key": "x"}}, {"cooldown_seconds": 60, "cooldown_key": "x"}),
    (
        {"debounce": {"seconds": 5, "key": "x", "max_seconds": 60}},
        {"debounce_seconds": 5, "debounce_key": "x", "debounce_max_seconds": 60},
    ),
    ({"debounce": {"seconds": 5, "until": 3}}, {"debounce_seconds": 5, "debounce": {"until": 3}}),
    ({"cooldown": {"seconds": 60}, "cooldown_seconds": 5}, {"cooldown": {"seconds": 60}, "cooldown_seconds": 5}),
    ({"concurrency": True, "cooldown": "soon"}, {"concurrency": True, "cooldown": "soon"}),
    ({"priority": 3}, {"priority": 3}),
]


@pytest.mark.parametrize(("written", "stored"), CASES, ids=[str(number) for number in range(len(CASES))])
def test_shorthand_becomes_the_canonical_form_and_what_is_not_understood_stays(
    written: dict[str, Any], stored: dict[str, Any]
) -> None:
    assert flow_shorthand.normalise(written) == stored
    assert flow_shorthand.normalise(stored) == stored


def test_what_is_not_written_controls_nothing() -> None:
    flow = Settings()

    assert (flow.concurrency, flow.rate_limit, flow.throttle, flow.dedupe, flow.batch, flow.circuit_breaker) == (
        (None,) * 6
    )
    assert (flow.cooldown_seconds, flow.debounce_seconds, flow.priority) == (0, 0, 0)
