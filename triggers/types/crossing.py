"""`crossing`: a value passes a line, upwards, downwards or both."""

from typing import Literal

from pydantic import Field

from triggers.base import CountingParams, CountingType
from triggers.engine.detectors.crossing import Crossing
from triggers.registry import register


class Params(CountingParams):
    """Which value of which events, and which line."""

    field: str = Field(min_length=1, max_length=500, description="The path of the value in the event's data")
    value: float = Field(allow_inf_nan=False, description="The line")
    direction: Literal["up", "down", "both"] = Field("up", description="In which direction it is passed")
    hysteresis: float = Field(
        0, ge=0, allow_inf_nan=False, description="How far back behind the line the value goes before it fires again"
    )


class CrossingTrigger(CountingType[Params]):
    """Fires when the value is on one side and was on the other before; the first value of a key passes nothing."""

    key = "crossing"
    title = "Crossing"
    description = "A value passed a line."
    params_model = Params

    def detector(self, params: Params) -> Crossing:
        return Crossing(params.field, params.value, params.direction, params.hysteresis, params.key)


register(CrossingTrigger())
