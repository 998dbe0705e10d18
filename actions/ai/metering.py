"""Count what models read and write, and what that costs by the prices of the connection."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from actions import usage as counting
from actions.connections.types.openai import Price

MILLION = 1_000_000
MAX_TOKENS = 2**40  # of one answer: more is nonsense, and would make nonsense of all sums


@dataclass(slots=True)
class Meter:
    """Adds up the answers of one try.

    Shape of `usage`: `ai_tokens`, `ai_input_tokens`, `ai_output_tokens`, `estimated_cost`, and the same by currency as
    `estimated_cost_<currency>`: costs in several currencies can be told apart where they were added up. An answer of a
    model without a price costs 0, and its tokens are counted as `ai_unpriced_tokens`; one that says nothing of tokens
    is counted in `ai_unmetered_answers`.
    """

    prices: Mapping[str, Price]
    usage: dict[str, int | float] = field(default_factory=dict)

    def add(self, counted: Any, *, model: str, answered_by: str) -> None:
        """Count an answer by its `usage`; the price is that of the model asked for, else of the one that answered."""
        read, written = _tokens(counted, "prompt_tokens"), _tokens(counted, "completion_tokens")
        if read is None and written is None:
            self.usage = counting.added(
                [self.usage, {"ai_tokens": 0, "estimated_cost": 0.0, "ai_unmetered_answers": 1}]
            )
            return
        read, written = read or 0, written or 0
        tokens = {"ai_tokens": read + written, "ai_input_tokens": read, "ai_output_tokens": written}
        price = self.price_of(model) or self.prices.get(answered_by)
        if price is None:
            cost: dict[str, int | float] = {"estimated_cost": 0.0, "ai_unpriced_tokens": read + written}
        else:
            amount = cost_of(price, read=read, written=written)
            cost = {"estimated_cost": amount, f"estimated_cost_{price.currency.lower()}": amount}
        self.usage = counting.added([self.usage, tokens, cost])

    def price_of(self, model: str) -> Price | None:
        """The price of a model, if the connection says one."""
        return self.prices.get(model)

    def include(self, counts: counting.Usage) -> None:
        """Count what else was used up: by the tools of an agent."""
        self.usage = counting.added([self.usage, counts])


def cost_of(price: Price, *, read: int, written: int) -> float:
    """What so many tokens cost."""
    exact = Decimal(repr(price.input_per_million)) * read + Decimal(repr(price.output_per_million)) * written
    return round(float(exact / MILLION), counting.PLACES)


def _tokens(counted: Any, name: str) -> int | None:
    number = counted.get(name) if isinstance(counted, dict) else None
    is_count = isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MAX_TOKENS
    return number if is_count else None
