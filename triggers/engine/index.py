"""Find those for whom an event may be, among very many, by one lookup for each place that anybody looks at."""

import math
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import structlog

from core.expressions import paths
from core.expressions import scope as scopes
from core.expressions.conditions.tree import Node
from core.expressions.paths import MISSING
from core.expressions.scope import Scope
from triggers.engine import access
from triggers.engine.access import Begins, Cover, Equal, Place, Predicate, Present, Within

log = structlog.get_logger(__name__)

BLOCK = 256  # intervals that are passed over together; the square root of the largest index that is expected
FEW_STEPS = 8


class Entry(Protocol):
    """What is indexed. `root` is its condition, None when that cannot be evaluated: then it is always found."""

    @property
    def root(self) -> Node | None: ...


E = TypeVar("E", bound=Entry)


class Index(Generic[E]):
    """Entries, found by an event's values. Entries are told apart by identity; not for two threads at once.

    Cost of `candidates`: the places that entries look at and that the event has, and those that are found.
    """

    def __init__(self) -> None:
        self._covers: dict[E, Cover | None] = {}
        self._always: dict[E, None] = {}
        self._data: _Node[E] = _Node()
        self._names: _Node[E] = _Node()

    def __len__(self) -> int:
        return len(self._covers)

    def add(self, entry: E) -> None:
        cover = self._cover(entry)
        self._covers[entry] = cover
        if cover is None:
            self._always[entry] = None
        for predicate in cover or ():
            self._slot(predicate.place).add(predicate, entry)

    def _cover(self, entry: E) -> Cover | None:
        """None for whoever is always asked: also when a value of the condition is beyond what anybody thought of."""
        try:
            return None if entry.root is None else access.choose(entry.root, estimate=self._estimate)
        except Exception:
            log.exception("a condition cannot be indexed; it is asked for every event")
            return None

    def entries(self) -> Iterable[E]:
        """All of them."""
        return self._covers.keys()

    def remove(self, entry: E) -> None:
        """Raises KeyError when it was not added."""
        cover = self._covers.pop(entry)
        self._always.pop(entry, None)
        for predicate in cover or ():
            self._slot(predicate.place).remove(predicate, entry)

    def candidates(self, scope: Scope) -> dict[E, None]:
        """All entries whose condition may hold, each once."""
        found: list[E] = [*self._always]
        self._data.collect(scope.fallback, found)
        self._names.collect(scope.names, found)
        return dict.fromkeys(found)

    def _estimate(self, predicate: Predicate) -> float:
        return self._slot(predicate.place).likelihood(predicate)

    def _slot(self, place: Place) -> "_Slot[E]":
        node = self._data if place.is_data else self._names
        for step in place.steps:
            node = node.children.setdefault(step, _Node())
        node.slot = node.slot or _Slot()
        return node.slot


class _Node(Generic[E]):
    """A step of the paths that are looked at: the event and this tree are walked side by side."""

    __slots__ = ("children", "slot")

    def __init__(self) -> None:
        self.children: dict[str | int, _Node[E]] = {}
        self.slot: _Slot[E] | None = None

    def collect(self, value: Any, found: list[E]) -> None:
        if self.slot is not None:
            self.slot.collect(value, found)
        if len(self.children) > FEW_STEPS and isinstance(value, Mapping) and len(value) < len(self.children):
            self._collect_keys(value, found)
            return
        for step, node in self.children.items():
            child = value.get(step, MISSING) if type(value) is dict and type(step) is str else paths.child(value, step)
            if child is not MISSING:
                node.collect(child, found)

    def _collect_keys(self, value: Mapping[str, Any], found: list[E]) -> None:
        """Many are looked at and few are there: go by what is there."""
        for key, child in value.items():
            is_index = key.isdecimal() and key.isascii() and len(key) <= paths.MAX_CHARACTERS
            steps: tuple[str | int, ...] = (key, int(key)) if is_index else (key,)
            for step in steps:
                if (node := self.children.get(step)) is not None and str(step) == key:
                    node.collect(child, found)


class _Slot(Generic[E]):
    """Who looks at one place, by the predicate they look for."""

    __slots__ = ("equal", "intervals", "prefixes", "present")

    def __init__(self) -> None:
        self.equal: dict[Hashable, list[E]] = {}
        self.prefixes: dict[int, dict[str, list[E]]] = {}  # by their length
        self.intervals: _Intervals[E] = _Intervals()
        self.present: dict[E, None] = {}

    def collect(self, value: Any, found: list[E]) -> None:
        found += self.present
        if not (self.equal or self.intervals):
            key = None
        elif (key := access.key_of(value)) is not None:
            found += self.equal.get(key, ())
        if self.intervals and isinstance(key, float):
            self.intervals.collect(key, found)
        if self.prefixes and isinstance(text := scopes.as_json(value), str):
            for length, by_prefix in self.prefixes.items():
                found += by_prefix.get(text[:length], ())

    def add(self, predicate: Predicate, entry: E) -> None:
        match predicate:
            case Equal(key=key):
                self.equal.setdefault(key, []).append(entry)
            case Begins(prefix=prefix):
                self.prefixes.setdefault(len(prefix), {}).setdefault(prefix, []).append(entry)
            case Within(low=low, high=high):
                self.intervals.add(low, high, entry)
            case Present():
                self.present[entry] = None

    def remove(self, predicate: Predicate, entry: E) -> None:
        match predicate:
            case Equal(key=key):
                _discard(self.equal, key, entry)
            case Begins(prefix=prefix):
                by_prefix = self.prefixes[len(prefix)]
                _discard(by_prefix, prefix, entry)
                if not by_prefix:
                    del self.prefixes[len(prefix)]
            case Within(low=low, high=high):
                self.intervals.remove(low, high, entry)
            case Present():
                self.present.pop(entry, None)

    def likelihood(self, predicate: Predicate) -> float:
        """How often the predicate is true, as far as that can be guessed without an event, from 0 to 1.

        Whoever is found by it is evaluated that often. A value that many look for is thought to be common, and an
        interval to be met as often as it is wide beside all that are looked for at this place.
        """
        match predicate:
            case Equal(key=key):
                return min(_LIKELY, _RARE * (1 + len(self.equal.get(key, ()))))
            case Begins(prefix=prefix):
                return min(_LIKELY, _RARE * (2 + len(self.prefixes.get(len(prefix), {}).get(prefix, ()))))
            case Within():
                return 0.5 if predicate.is_open else min(_LIKELY, self.intervals.share(predicate.low, predicate.high))
            case Present():
                return 0.9


_RARE = 0.001  # of a value that nobody else looks for
_LIKELY = 0.4  # at most, of what looks for something in particular


def _discard(buckets: dict[Any, list[E]], key: Hashable, entry: E) -> None:
    buckets[key].remove(entry)
    if not buckets[key]:
        del buckets[key]


class _Intervals(Generic[E]):
    """Intervals of numbers, found by a value within them.

    Sorted by both bounds and cut into blocks, of which each knows its highest upper bound: blocks that end below the
    value are passed over, and what begins above it is not looked at. Sorted again when asked after a change.
    """

    __slots__ = ("_blocks", "_highest", "_is_sorted", "_lowest", "_lows", "_rows")

    def __init__(self) -> None:
        self._rows: list[tuple[float, float, E]] = []
        self._lows: list[float] = []
        self._blocks: list[float] = []
        self._is_sorted = True
        self._lowest, self._highest = math.inf, -math.inf  # of all that were ever added, the open ones aside

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, low: float, high: float, entry: E) -> None:
        self._rows.append((low, high, entry))
        self._lowest = self._lowest if math.isinf(low) else min(self._lowest, low)
        self._highest = self._highest if math.isinf(high) else max(self._highest, high)
        self._is_sorted = False

    def share(self, low: float, high: float) -> float:
        """How much of all that the intervals here span is within these bounds."""
        lowest, highest = min(self._lowest, low), max(self._highest, high)
        return max(0.0, high - low) / (highest - lowest) if highest > lowest else 1.0

    def remove(self, low: float, high: float, entry: E) -> None:
        self._rows = [row for row in self._rows if row[2] is not entry or row[:2] != (low, high)]
        self._is_sorted = False

    def collect(self, value: float, found: list[E]) -> None:
        if not self._is_sorted:
            self._sort()
        end = bisect_right(self._lows, value)
        for number, highest in enumerate(self._blocks[: -(-end // BLOCK)]):
            if highest >= value:
                block = self._rows[number * BLOCK : min((number + 1) * BLOCK, end)]
                found += [entry for _, high, entry in block if high >= value]

    def _sort(self) -> None:
        self._rows.sort(key=lambda row: row[:2])
        self._lows = [row[0] for row in self._rows]
        starts = range(0, len(self._rows), BLOCK)
        self._blocks = [max(row[1] for row in self._rows[start : start + BLOCK]) for start in starts]
        self._is_sorted = True
