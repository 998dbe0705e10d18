"""What an event must have for a condition to hold: the few lookups by which its trigger is found among very many.

A *cover* is a set of predicates of which at least one is true of every event for which the condition holds. Who is not
found by a cover need not be evaluated; who is found is evaluated in full, so a predicate may be true too often and must
never be false wrongly. The scheme is the access predicates of Fabret et al., "Filtering Algorithms and Implementation
for Very Fast Publish/Subscribe Systems", SIGMOD 2001.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from core.expressions import instants, numbers
from core.expressions import scope as scopes
from core.expressions.conditions.tree import Comparison, Group, Negation, Node
from core.expressions.paths import Path
from core.expressions.scope import RESERVED

MAX_COVER = 1000  # predicates; more than a person writes, and each is an entry of the index
NULL = ("null",)


@dataclass(frozen=True, slots=True)
class Place:
    """A path below the event's data, or below the reserved names."""

    is_data: bool
    steps: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Equal:
    """The value at the place has this key (`key_of`)."""

    place: Place
    key: Hashable


@dataclass(frozen=True, slots=True)
class Begins:
    """The value at the place is text that begins with this."""

    place: Place
    prefix: str


@dataclass(frozen=True, slots=True)
class Within:
    """The value at the place is a number between these bounds, both included."""

    place: Place
    low: float
    high: float

    @property
    def is_open(self) -> bool:
        return math.isinf(self.low) or math.isinf(self.high)


@dataclass(frozen=True, slots=True)
class Present:
    """There is a value at the place."""

    place: Place


Predicate = Equal | Begins | Within | Present
Cover = tuple[Predicate, ...]
Estimate = Callable[[Predicate], float]  # how often a predicate is true: the rarer, the better


def choose(node: Node, *, estimate: Estimate) -> Cover | None:
    """The cover of a condition that is true the least often; None when there is none."""
    covers = _covers(node, wanted=True, estimate=estimate)
    return min(covers, key=lambda cover: (sum(map(estimate, cover)), max(map(_rank, cover))), default=None)


def key_of(value: Any) -> Hashable | None:
    """The same key for all values that `core.expressions.comparison.equal` holds equal; None for lists and objects.

    Others may have the same key too: the numbers 2**53 and 2**53 + 1.
    """
    if isinstance(value, str):
        return _key_of_text(value)
    if value is None:
        return NULL
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, int | float):
        return _as_float(value)
    return _key_of_text(scopes.as_json(value)) if isinstance(value, date) else None


def _key_of_text(text: str) -> Hashable:
    if text[:1] not in _STARTS:
        return text
    number = numbers.parse(text)
    if number is not None:
        return _as_float(number)
    moment = instants.parse(text)
    return text if moment is None else ("instant", instants.as_instant(moment).timestamp())


_STARTS = frozenset("-0123456789")  # of all text that spells a number or a date


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


_RANKS = {Equal: 0, Begins: 1, Within: 2, Present: 4}


def _rank(predicate: Predicate) -> int:
    """Which kind is the better guess while nothing is known of how many have the same."""
    return _RANKS[type(predicate)] + (isinstance(predicate, Within) and predicate.is_open)


def _covers(node: Node, *, wanted: bool, estimate: Estimate) -> list[Cover]:
    """Covers of "the node is decided as `wanted`". "Could not tell" is neither, for `not` too."""
    if isinstance(node, Negation):
        return _covers(node.member, wanted=not wanted, estimate=estimate)
    if isinstance(node, Comparison):
        return _of_comparison(node, wanted=wanted)
    if not isinstance(node, Group):
        return []  # JSONLogic, which compares by rules of its own
    of_members = [_covers(member, wanted=wanted, estimate=estimate) for member in node.members]
    if (node.operator == "and") is wanted:  # all members must be as wanted: the cover of any will do
        found = [cover for covers in of_members for cover in covers]
        return found + list(_narrowed(found))
    return _union(of_members, estimate=estimate)


def _union(of_members: Sequence[list[Cover]], *, estimate: Estimate) -> list[Cover]:
    """One member is enough, so the covers of all are needed together."""
    if not of_members or not all(of_members):
        return []
    best = [min(covers, key=lambda cover: sum(map(estimate, cover))) for covers in of_members]
    joined = tuple(dict.fromkeys(predicate for cover in best for predicate in cover))
    return [joined] if len(joined) <= MAX_COVER else []


def _narrowed(covers: Iterable[Cover]) -> Iterable[Cover]:
    """`gte 10` and `lt 20` of one place as one interval, which finds fewer than either."""
    bounds: dict[Place, Within] = {}
    for cover in covers:
        if len(cover) == 1 and isinstance(each := cover[0], Within):
            known = bounds.get(each.place, each)
            bounds[each.place] = Within(each.place, max(known.low, each.low), min(known.high, each.high))
    return [(each,) for each in bounds.values() if not each.is_open]


def _of_comparison(node: Comparison, *, wanted: bool) -> list[Cover]:
    place = _place(node.path, is_filter=node.is_filter)
    if node.operator.sees_missing:
        says_present = _SAYS_PRESENT.get(node.operator.name)
        return [(Present(place),)] if says_present is not None and node.value is (says_present is wanted) else []
    name = node.operator.name if wanted else _OPPOSITES.get(node.operator.name)
    cover = None if node.is_template or name not in _FINDERS else _FINDERS[name](place, node.value)
    return [cover or (Present(place),)]


@lru_cache(maxsize=4096)  # thousands look at the same places
def _place(path: Path, *, is_filter: bool) -> Place:
    return Place(is_filter or path.root not in RESERVED, path.steps)


def _equal(place: Place, value: Any) -> Cover | None:
    return _one_of(place, [value])


def _one_of(place: Place, values: Any) -> Cover | None:
    if not isinstance(values, list) or not 0 < len(values) <= MAX_COVER:
        return None
    found = [key_of(value) for value in values]
    return None if None in found else tuple(Equal(place, key) for key in dict.fromkeys(found))


def _begins(place: Place, value: Any) -> Cover | None:
    return (Begins(place, value),) if isinstance(value, str) and value else None


def _at_least(place: Place, value: Any) -> Cover | None:
    return _between(place, [value, math.inf])


def _at_most(place: Place, value: Any) -> Cover | None:
    return _between(place, [-math.inf, value])


def _between(place: Place, value: Any) -> Cover | None:
    """Numbers only: text is compared with text by another order."""
    if not isinstance(value, list) or len(value) != 2 or not all(map(numbers.is_number, value)):
        return None
    low, high = map(_as_float, value)
    return (Within(place, low, high),)


_FINDERS: dict[str, Callable[[Place, Any], Cover | None]] = {
    "eq": _equal,
    "in": _one_of,
    "startswith": _begins,
    "gt": _at_least,
    "gte": _at_least,
    "lt": _at_most,
    "lte": _at_most,
    "between": _between,
}
_OPPOSITES = {"ne": "eq", "not_in": "in", "gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt"}
_SAYS_PRESENT = {"exists": True, "is_empty": False}  # with this value, the operator holds for what is there only
