"""`threshold`: what the events of a window come to, for each key, passes a value."""

from typing import Literal

from pydantic import Field, model_validator

from triggers.base import CountingParams, CountingType
from triggers.engine.detectors.threshold import MAX_VALUES, Aggregate, Threshold
from triggers.registry import register

MAX_WINDOW_SECONDS = 31 * 86_400
_WITHOUT_FIELD = frozenset({"count", "rate"})


class Params(CountingParams):
    """What is added up, and when it is enough."""

    aggregate: Aggregate = Field("count", description="What the events of the window come to")
    field: str = Field("", max_length=500, description="The path of what is added up, in the event's data")
    operator: Literal["gt", "gte", "lt", "lte"] = Field("gte", description="How it is compared with the value")
    value: float = Field(allow_inf_nan=False)
    window_seconds: float = Field(gt=0, le=MAX_WINDOW_SECONDS, description="Up to the newest event")

    @model_validator(mode="after")
    def is_consistent(self) -> "Params":
        if self.aggregate in _WITHOUT_FIELD and self.field:
            raise ValueError(f"{self.aggregate} is of events: it has no `field`")
        if self.aggregate not in _WITHOUT_FIELD and not self.field:
            raise ValueError(f"{self.aggregate} needs a `field`: the path of what is added up")
        if self.aggregate in {"count", "rate", "distinct"} and self.operator in {"lt", "lte"}:
            raise ValueError(f"{self.aggregate} only grows with events: with {self.operator}, any event would do")
        if self.aggregate == "distinct" and self.value >= MAX_VALUES:
            raise ValueError(f"no more than {MAX_VALUES:,} different values are told apart: expected a lower `value`")
        return self


class ThresholdTrigger(CountingType[Params]):
    """Fires when it holds with an event, and again after it did not hold in between."""

    key = "threshold"
    title = "Threshold"
    description = "The events of a window came to a value."
    params_model = Params

    def detector(self, params: Params) -> Threshold:
        return Threshold(
            params.aggregate, params.value, params.window_seconds, params.operator, params.field, params.key
        )


register(ThresholdTrigger())
