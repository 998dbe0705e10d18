import pytest

from actions.outbound import circuit
from actions.outbound.circuit import Circuit
from core.outbound_rules import CircuitRule

RULE = CircuitRule(failures=3, window_seconds=60, open_seconds=30)
OPEN = Circuit((0.0, 1.0, 2.0), probe_at=32.0)
PROBING = Circuit((0.0, 1.0, 2.0), probe_at=62.0, is_probing=True)


def test_so_many_failures_in_the_window_open_it() -> None:
    found = Circuit()
    for now in (0.0, 1.0, 2.0):
        found = circuit.failed(found, now=now, rule=RULE)

    assert found == OPEN
    assert found.state == "open"


@pytest.mark.parametrize(("last", "state"), [(59.9, "open"), (60.0, "closed")])
def test_a_failure_leaves_the_window_at_its_end(last: float, state: str) -> None:
    found = circuit.failed(Circuit((0.0, 1.0)), now=last, rule=RULE)

    assert found.state == state


def test_a_success_forgets_the_failures() -> None:
    assert circuit.succeeded(Circuit((0.0, 1.0))) == Circuit()
    assert circuit.succeeded(PROBING) == Circuit()


@pytest.mark.parametrize(("now", "wait"), [(2.0, 30.0), (31.5, 0.5), (32.0, None)])
def test_an_open_one_refuses_until_the_probe(now: float, wait: float | None) -> None:
    found = circuit.admit(OPEN, now=now, rule=RULE)

    assert found.wait_seconds == wait
    assert found.circuit == (OPEN if wait else Circuit(OPEN.failures, probe_at=62.0, is_probing=True))


def test_while_a_probe_is_under_way_the_others_wait_and_a_lost_probe_is_given_up() -> None:
    assert PROBING.state == "half_open"
    assert circuit.admit(PROBING, now=40.0, rule=RULE).wait_seconds == 22.0
    assert circuit.admit(PROBING, now=62.0, rule=RULE).circuit.probe_at == 92.0


def test_a_probe_that_fails_opens_it_again() -> None:
    assert circuit.failed(PROBING, now=33.0, rule=RULE) == Circuit(PROBING.failures, probe_at=63.0)


def test_a_failure_of_a_call_that_was_sent_before_it_opened_changes_nothing() -> None:
    assert circuit.failed(OPEN, now=10.0, rule=RULE) == OPEN
