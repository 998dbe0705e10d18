"""How a trigger listens to events of several types: one pattern that covers them, and conditions that tell them apart.

Pure. A `Part` is one of the kinds of events: a pattern of types, and filters over the data.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any, Self

from core.expressions import paths
from core.expressions.conditions import normalise_filters
from core.expressions.conditions.tree import Node
from core.expressions.scope import RESERVED, Scope
from triggers.engine import matching, patterns

Json = dict[str, Any]
ALL = "**"


@dataclass(frozen=True, slots=True)
class Part:
    """Events of the types `event` that meet `filters`, as JSON text: equal ones are written alike."""

    event: str
    filters: str = "{}"

    @classmethod
    def of(cls, event: str, filters: Mapping[str, Any]) -> Self:
        return cls(event, json.dumps(normalise_filters(dict(filters)), sort_keys=True))

    def holds(self, scope: Scope) -> bool:
        """Whether the event in the scope is one of them."""
        return _compiled(self).decide(scope) is True  # None: it could not be told

    def conditions(self) -> list[Json]:
        """What must hold of an event that is one of them."""
        return [*_of_type(self.event), *as_conditions(json.loads(self.filters))]


def covering(types: Sequence[str]) -> str:
    """The narrowest pattern that means all that these patterns mean, of: a pattern itself, common levels and `**`."""
    if len(set(types)) == 1:
        return types[0]
    levels = [each.split(".") for each in types]
    shortest = min(map(len, levels)) - 1  # `lead.**` does not mean `lead`
    columns = zip(*(each[:shortest] for each in levels), strict=True)
    common = takewhile(lambda column: len(set(column)) == 1 and column[0] not in {"*", ALL}, columns)
    return ".".join([*(column[0] for column in common), ALL])


def any_of(parts: Iterable[Part]) -> Json | None:
    """The canonical conditions under which an event is of one of these parts; None when any event is."""
    members = [each.conditions() for each in parts]
    return {"or": [{"and": each} for each in members]} if all(members) else None


def as_conditions(filters: Mapping[str, Mapping[str, Any]]) -> list[Json]:
    """Canonical filters, which are about the data, as conditions, which see all names."""
    return [
        {"field": _in_data(path), "operator": operator, "value": value}
        for path, wanted in filters.items()
        for operator, value in wanted.items()
    ]


def _in_data(path: str) -> str:
    if path.startswith("["):
        return f"event.data{path}"
    return f"event.data.{path}" if paths.parse(path).root in RESERVED else path


def _of_type(pattern: str) -> list[Json]:
    """That the type is meant; of a wild one also how it begins, by which the index finds it."""
    if pattern == ALL:
        return []
    if not patterns.is_wild(pattern):
        return [{"field": "event.type", "operator": "eq", "value": pattern}]
    begins = pattern.partition("*")[0]
    found = [{"field": "event.type", "operator": "startswith", "value": begins}] if begins else []
    return [*found, {"field": "event.type", "operator": "matches", "value": patterns.regex(pattern)}]


@lru_cache(maxsize=4096)
def _compiled(part: Part) -> Node:
    """Raises `InvalidConditionError`."""
    return matching.compile_rules({}, {"and": part.conditions()}).root
