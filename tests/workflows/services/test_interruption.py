"""Exceptions raised into running code: they arrive, whatever the code does, and never after its block."""

import itertools
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic

import pytest

from workflows.services import interruption
from workflows.services.interruption import Block, InterruptedTryError, LostClaimError, StoppingError, TimedOutError

BLOCKS = 3000
STRESS_SECONDS = 5
FAR_SECONDS = 60


@pytest.fixture(autouse=True)
def no_alarm_is_left_behind() -> Iterator[None]:
    yield
    assert signal.setitimer(signal.ITIMER_REAL, 0) == (0.0, 0.0)


def block(timeout_seconds: float = FAR_SECONDS, clean_up: Callable[[], object] = lambda: None) -> Block:
    return interruption.block(timeout_seconds=timeout_seconds, clean_up=clean_up)


def in_a_thread(work: Callable[[], None]) -> list[BaseException]:
    """Runs it to its end; returns what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  it is what the test looks at
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(FAR_SECONDS)
    assert not thread.is_alive()
    return raised


def spin(seconds: float) -> None:
    end = monotonic() + seconds
    while monotonic() < end:
        pass


def swallow_exceptions_for_ever() -> None:
    while True:
        with suppress(Exception):
            time.sleep(FAR_SECONDS)


def test_code_that_takes_too_long_is_interrupted_in_a_system_call() -> None:
    started = monotonic()

    with pytest.raises(TimedOutError, match="longer than its time-out"), block(timeout_seconds=0.05):
        swallow_exceptions_for_ever()

    assert monotonic() - started < 5


def test_code_that_is_done_in_time_is_left_alone() -> None:
    with block(timeout_seconds=0.05):
        pass
    time.sleep(0.1)  # what would have been the time-out goes by


def test_another_thread_can_interrupt_with_a_cause() -> None:
    mine = block()
    interrupter = threading.Timer(0.05, mine.interrupt, [StoppingError])
    interrupter.start()

    with pytest.raises(StoppingError), mine:
        swallow_exceptions_for_ever()

    assert mine.cause is StoppingError


def test_the_first_cause_counts() -> None:
    mine = block()

    def work() -> None:
        mine.interrupt(StoppingError)
        mine.interrupt(LostClaimError)
        swallow_exceptions_for_ever()

    with pytest.raises(StoppingError), mine:
        work()


def test_the_alarm_repeats_until_the_block_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruption, "REPEAT_SECONDS", 0.05)
    swallowed = []

    def work() -> None:
        for _ in range(2):
            try:
                time.sleep(FAR_SECONDS)
            except TimedOutError as error:
                swallowed.append(error)
        time.sleep(FAR_SECONDS)

    with pytest.raises(TimedOutError), block(timeout_seconds=0.01):
        work()

    assert len(swallowed) == 2


def test_it_is_cleaned_up_only_after_an_interruption() -> None:
    cleaned: list[str] = []

    with block(clean_up=lambda: cleaned.append("done in time")):
        pass
    with pytest.raises(TimedOutError), block(timeout_seconds=0.01, clean_up=lambda: cleaned.append("interrupted")):
        time.sleep(FAR_SECONDS)

    assert cleaned == ["interrupted"]


@pytest.mark.parametrize("in_which", [lambda work: work() or [], in_a_thread], ids=["main thread", "other thread"])
def test_a_block_that_is_not_open_cannot_be_interrupted(
    in_which: Callable[[Callable[[], None]], list[BaseException]],
) -> None:
    def work() -> None:
        before, left = block(), block()
        before.interrupt(StoppingError)
        with left:
            pass
        left.interrupt(StoppingError)
        spin(0.02)

    assert in_which(work) == []


def test_the_alarm_of_one_block_does_not_reach_the_next() -> None:
    left = block(timeout_seconds=0.02)
    with left:
        pass
    with block():
        signal.raise_signal(signal.SIGALRM)
        spin(0.05)


def test_code_in_another_thread_is_interrupted_when_it_runs_python() -> None:
    opened: list[Block] = []

    def work() -> None:
        opened.append(block())
        with opened[0]:
            while True:
                with suppress(Exception):
                    spin(0.01)

    threading.Timer(0.05, lambda: opened[0].interrupt(TimedOutError)).start()

    (raised,) = in_a_thread(work)
    assert isinstance(raised, TimedOutError)


def test_no_time_out_escapes_from_blocks_that_end_around_it() -> None:
    done = interrupted = 0
    started = monotonic()

    while done + interrupted < BLOCKS and monotonic() - started < STRESS_SECONDS:
        mine = block(timeout_seconds=0.001)
        try:
            with mine:
                spin(random.uniform(0.0009, 0.0012))
            done += 1
        except TimedOutError:
            interrupted += 1
        assert mine.is_left
        list(itertools.repeat(0, 100))  # a good many instructions, in which nothing may be raised

    assert done
    assert interrupted


def test_no_interruption_escapes_from_blocks_of_other_threads() -> None:
    shown: list[Block] = []
    counts = {"done": 0, "interrupted": 0}
    is_over = threading.Event()

    def work() -> None:
        started = monotonic()
        while sum(counts.values()) < BLOCKS and monotonic() - started < STRESS_SECONDS:
            mine = block()
            shown[:] = [mine]
            try:
                with mine:
                    spin(random.uniform(0, 0.0002))
                counts["done"] += 1
            except InterruptedTryError:
                counts["interrupted"] += 1
            spin(0.0001)

    def interrupt() -> None:
        while not is_over.is_set():
            for each in shown:
                each.interrupt(LostClaimError)
            time.sleep(random.uniform(0, 0.0005))

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    escaped = in_a_thread(work)
    is_over.set()
    interrupter.join()

    assert escaped == []
    assert all(counts.values()), counts
