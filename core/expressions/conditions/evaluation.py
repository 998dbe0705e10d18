"""The outcome of a condition as a tree of values, which is also the explanation that people see."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.expressions.paths import MISSING
from core.expressions.templates import text

MAX_SHOWN_CHARACTERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One node: an operator on a `field`, a JSONLogic rule, or `and` / `or` / `not` over `children`.

    `result` is None when it could not be told; `why` then gives the reason. In live mode the children end with the one
    that decided.
    """

    operator: str
    result: bool | None
    why: str | None = None
    field: str | None = None
    expected: Any = None
    actual: Any = None
    children: tuple["Evaluation", ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the condition is met: "could not tell" is not."""
        return self.result is True

    @property
    def leaves(self) -> str:
        """The results of all comparisons in the order in which they are written: `1` true, `0` false, `?` unknown."""
        return "".join("?" if leaf.result is None else str(int(leaf.result)) for leaf in self.comparisons())

    def comparisons(self) -> Iterator["Evaluation"]:
        """The comparisons and rules of it, in the order in which they are written."""
        if self._is_comparison:
            yield self
        for child in self.children:
            yield from child.comparisons()

    def to_json(self) -> dict[str, Any]:
        """**Shape**: {"operator", "result": true | false | "unknown", "why"?} with {"field", "expected", "actual"} or
        {"children": [...]}; values over 1,000 characters are shown shortened, as text.
        """
        own = self.shown() if self._is_comparison else {"children": [child.to_json() for child in self.children]}
        result = "unknown" if self.result is None else self.result
        why = {} if self.why is None else {"why": self.why}
        return {"operator": self.operator, **own, "result": result, **why}

    @property
    def _is_comparison(self) -> bool:
        return self.field is not None or self.operator == "jsonlogic"

    def shown(self) -> dict[str, Any]:
        """What was compared, shortened for people. **Shape**: {"field"?, "expected", "actual"}."""
        field = {} if self.field is None else {"field": self.field}
        return {**field, "expected": _shown(self.expected), "actual": _shown(self.actual)}


def _shown(value: Any) -> Any:
    if value is MISSING:
        return None
    written = text.excerpt(value, characters=MAX_SHOWN_CHARACTERS)
    return value if written is None else written
