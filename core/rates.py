"""How many requests somebody has made in this minute, counted by all processes together.

Constraints, and the design that follows (docs/adr/0036-requests-are-counted-here-and-added-up-in-the-store.md):

1. A request of many costs no round trip; of a caller that asks less than ten times in a second, each costs one. Each
   process counts by itself, and adds what it counted to the sum in the store when it is a hundredth of the limit, or a
   tenth of a second old. So the limit may be exceeded by a hundredth for each process, and by what comes in a tenth of
   a second.
2. The store is the broker's Redis or Valkey. Without one (RabbitMQ), and while it does not answer, each process counts
   for itself alone.
3. Minutes are those of the clock: a counter of a minute is made with its first request, and expires by itself.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from celery import current_app

from core.publish import BROKER_ERRORS

log = structlog.get_logger(__name__)

WINDOW_SECONDS = 60
ADD_SECONDS = 0.1
ADD_SHARE = 100  # a hundredth of the limit
QUIET_SECONDS = 5.0  # in which a store that did not answer is not asked
MAX_WINDOWS = 10_000  # kept by one process, of those that make requests
PREFIX = "sequitur:requests"


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `limit` requests of `who` in a minute; `name` is what the caller is told."""

    name: str
    who: str
    limit: int


@dataclass(frozen=True, slots=True)
class State:
    """How a rule stands after a request."""

    rule: Rule
    remaining: int
    reset_seconds: int
    is_exceeded: bool = False


@dataclass(slots=True)
class _Window:
    """One minute of one rule. `shared`: the sum in the store when it was last asked; `own`: not added to it yet."""

    minute: int
    shared: int = 0
    own: int = 0
    added_at: float = float("-inf")


class Store:
    """The sums of all processes, where the broker can keep them."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def add(self, key: str, number: int) -> int | None:
        """Add to the sum, and return it. None when there is no store, or it does not answer."""
        if time.monotonic() < self._quiet_until or not str(current_app.conf.broker_url).startswith("redis"):
            return None
        try:
            with current_app.producer_or_acquire() as producer:
                channel: Any = producer.connection.default_channel
                with channel.client.pipeline(transaction=False) as pipe:
                    pipe.incrby(key, number)
                    pipe.expire(key, 2 * WINDOW_SECONDS)
                    return int(pipe.execute()[0])
        except BROKER_ERRORS as error:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("requests are counted by each process alone", error=repr(error), quiet_seconds=QUIET_SECONDS)
            return None


class Counter:
    """The windows of one process. Concurrency: any number of threads; the store is asked outside of the lock."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def take(self, rules: Sequence[Rule], *, now: float) -> list[State]:
        """Count a request for every rule; when one is exceeded, for none. `now`: seconds since 1970."""
        minute, second = divmod(int(now), WINDOW_SECONDS)
        left = WINDOW_SECONDS - second
        windows = [(rule, self._window(rule, minute)) for rule in rules]
        for rule, window in windows:
            self._add(rule, window, now)
        with self._lock:
            is_exceeded = any(window.shared + window.own >= rule.limit for rule, window in windows)
            states = []
            for rule, window in windows:
                is_over = window.shared + window.own >= rule.limit
                window.own += not is_exceeded
                states.append(State(rule, max(0, rule.limit - window.shared - window.own), left, is_over))
        return states

    def _window(self, rule: Rule, minute: int) -> _Window:
        with self._lock:
            window = self._windows.get(rule.who)
            if window is None or window.minute != minute:
                if len(self._windows) >= MAX_WINDOWS:
                    self._windows = {who: each for who, each in self._windows.items() if each.minute == minute}
                window = self._windows[rule.who] = _Window(minute)
            return window

    def _add(self, rule: Rule, window: _Window, now: float) -> None:
        """Tell the store, when it is time, what was counted here since the last time."""
        with self._lock:
            number = window.own
            if number < max(1, rule.limit // ADD_SHARE) and now - window.added_at < ADD_SECONDS:
                return
            window.added_at, window.own, window.shared = now, 0, window.shared + number
        total = self._store.add(f"{PREFIX}:{rule.who}:{window.minute}", number)
        if total is not None:
            with self._lock:
                window.shared = max(window.shared, total)


counter = Counter(Store())
