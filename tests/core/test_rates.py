"""Requests are counted by each process, and added up in the store."""

import pytest
import redis

from core import rates
from core.rates import Counter, Rule, State, Store

NOON = 1_800_000_000.0  # the first second of a minute
RULE = Rule("caller", "w:key a", 3)


class Sums:
    """A store of the same interface, that is asked by several counters; `answers` like one that is there, or not."""

    def __init__(self, *, answers: bool = True) -> None:
        self.sums: dict[str, int] = {}
        self.calls = 0
        self.answers = answers

    def add(self, key: str, number: int) -> int | None:
        self.calls += 1
        if not self.answers:
            return None
        self.sums[key] = self.sums.get(key, 0) + number
        return self.sums[key]


def counter(store: object) -> Counter:
    return Counter(store)  # type: ignore[arg-type]  # of the same interface


def test_requests_count_down_until_none_is_left_and_begin_anew_with_the_minute() -> None:
    one = counter(Sums())

    states = [one.take([RULE], now=NOON + 20)[0] for _ in range(5)]

    assert [(each.remaining, each.reset_seconds, each.is_exceeded) for each in states] == [
        (2, 40, False), (1, 40, False), (0, 40, False), (0, 40, True), (0, 40, True),
    ]  # fmt: skip
    assert one.take([RULE], now=NOON + 60) == [State(RULE, 2, 60)]


def test_a_request_that_one_rule_refuses_is_counted_by_none() -> None:
    one, of_all = counter(Sums()), Rule("workspace", "w", 1)

    one.take([RULE, of_all], now=NOON)
    refused = one.take([RULE, of_all], now=NOON)

    assert refused == [State(RULE, 2, 60), State(of_all, 0, 60, is_exceeded=True)]


def test_processes_count_together() -> None:
    store = Sums()
    first, second = counter(store), counter(store)

    for _ in range(2):
        assert not first.take([RULE], now=NOON)[0].is_exceeded
    first.take([RULE], now=NOON + 1)  # which tells the store of all three, when it is asked next

    assert first.take([RULE], now=NOON + 2)[0].is_exceeded
    assert second.take([RULE], now=NOON + 2)[0].is_exceeded


def test_a_process_that_has_no_store_counts_for_itself() -> None:
    one = counter(Sums(answers=False))

    assert [one.take([RULE], now=NOON)[0].is_exceeded for _ in range(4)] == [False, False, False, True]


def test_the_store_is_asked_for_a_hundredth_of_the_limit_or_a_tenth_of_a_second() -> None:
    store = Sums()
    one, rule = counter(store), Rule("caller", "w:key b", 100_000)

    for _ in range(2_001):
        one.take([rule], now=NOON)
    assert (store.calls, store.sums) == (3, {"sequitur:requests:w:key b:30000000": 2_000})

    one.take([rule], now=NOON + 0.2)
    assert store.sums == {"sequitur:requests:w:key b:30000000": 2_001}


def test_windows_of_those_who_ask_no_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MAX_WINDOWS", 10)
    one = counter(Sums())

    for number in range(30):
        one.take([Rule("caller", f"w:{number}", 3)], now=NOON + 60 * number)

    assert len(one._windows) <= 10


def test_the_store_adds_up_and_forgets(empty_broker: redis.Redis) -> None:
    store = Store()

    assert [store.add("sequitur:requests:x:1", number) for number in (2, 0, 3)] == [2, 2, 5]
    assert 0 < int(str(empty_broker.ttl("sequitur:requests:x:1"))) <= 2 * rates.WINDOW_SECONDS
