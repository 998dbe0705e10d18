from collections.abc import Sequence
from uuid import UUID

import pytest

from core import ids
from triggers import ports
from triggers.models import Event, Firing


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> list[ports.FiringHandler]:
    """No handler is connected, until the test does."""
    empty: list[ports.FiringHandler] = []
    monkeypatch.setattr(ports, "_handlers", empty)
    return empty


@pytest.fixture
def received(handlers: list[ports.FiringHandler]) -> list[Sequence[Firing]]:
    calls: list[Sequence[Firing]] = []
    ports.connect(lambda firings, _: calls.append(firings))
    return calls


def test_firings_are_handed_to_the_handler(received: list[Sequence[Firing]]) -> None:
    firings = [Firing(), Firing()]

    ports.hand_over(firings, [None] * len(firings))

    assert received == [firings]


def test_the_handler_is_not_called_for_nothing(received: list[Sequence[Firing]]) -> None:
    ports.hand_over([], [])

    assert received == []


def test_the_last_handler_holds_and_connecting_twice_calls_once(received: list[Sequence[Firing]]) -> None:
    later: list[Sequence[Firing]] = []
    for _ in range(2):
        ports.connect(lambda firings, _: later.append(firings))

    ports.hand_over([Firing()], [None])

    assert (len(received), len(later)) == (0, 1)


@pytest.mark.parametrize("firings", [[], [Firing()]], ids=["nothing fired", "one fired"])
def test_without_a_handler_nothing_is_lost_in_silence(
    handlers: list[ports.FiringHandler], firings: list[Firing]
) -> None:
    with pytest.raises(ports.NoHandlerError, match="`workflows` must be in INSTALLED_APPS"):
        ports.hand_over(firings, [None] * len(firings))


def test_what_the_handler_raises_is_raised(handlers: list[ports.FiringHandler]) -> None:
    def crash(_: Sequence[Firing], __: Sequence[object]) -> None:
        raise ZeroDivisionError

    ports.connect(crash)

    with pytest.raises(ZeroDivisionError):
        ports.hand_over([Firing()], [None])


def test_arrivals_are_handed_to_the_last_handler_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, Sequence[UUID], Event]] = []
    monkeypatch.setattr(ports, "_arrival_handlers", [])
    ports.connect_arrivals(lambda waiters, event: calls.append(("first", waiters, event)))
    ports.connect_arrivals(lambda waiters, event: calls.append(("last", waiters, event)))
    waiter, event = ids.new_id(), Event()

    ports.arrived([waiter], event)
    ports.arrived([], event)

    assert calls == [("last", [waiter], event)]


def test_without_a_handler_only_an_arrival_that_somebody_waits_for_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_arrival_handlers", [])

    ports.arrived([], Event())
    with pytest.raises(ports.NoHandlerError, match="`workflows` must be in INSTALLED_APPS"):
        ports.arrived([ids.new_id()], Event())


def test_the_last_handler_connected_says_what_runs_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_response_handlers", [])
    ports.connect_responses(lambda firing, respond: ports.Answer(500))
    ports.connect_responses(lambda firing, respond: ports.Answer(200, respond))

    assert ports.response(Firing(), respond="last_action") == ports.Answer(200, "last_action")


def test_without_a_handler_nobody_waits_for_an_answer_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_response_handlers", [])

    with pytest.raises(ports.NoHandlerError, match="`workflows` must be in INSTALLED_APPS"):
        ports.response(Firing(), respond="last_action")
