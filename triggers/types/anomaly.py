"""`anomaly`: a value lies far from those before it, for each key."""

from typing import Literal

from pydantic import Field, model_validator

from triggers.base import CountingParams, CountingType
from triggers.engine.detectors.anomaly import DEFAULT_SENSITIVITY, MAX_WINDOW, MIN_WINDOW, Anomaly, Method
from triggers.registry import register


class Params(CountingParams):
    """Which value of which events, and what is expected of it."""

    field: str = Field(min_length=1, max_length=500, description="The path of the value in the event's data")
    method: Method = Field("zscore", description="How far a value is from the others")
    sensitivity: float | None = Field(
        None, gt=0, le=1_000_000, description="How far is still expected; 3 for zscore, 3.5 for mad, 1.5 for iqr"
    )
    window: int = Field(
        100, ge=MIN_WINDOW, le=MAX_WINDOW, description="With how many of the newest values it is compared"
    )
    direction: Literal["up", "down", "both"] = Field("both", description="Whether it is about larger or smaller values")
    min_values: int = Field(10, ge=2, le=MAX_WINDOW, description="It does not fire before there are as many values")

    @model_validator(mode="after")
    def is_consistent(self) -> "Params":
        if self.min_values > self.window:
            raise ValueError(
                f"the window never holds {self.min_values} values: expected `min_values` of {self.window} at most"
            )
        return self


class AnomalyTrigger(CountingType[Params]):
    """Fires for an outlier, and again after a value that was expected."""

    key = "anomaly"
    title = "Anomaly"
    description = "A value lies far from those before it."
    params_model = Params

    def detector(self, params: Params) -> Anomaly:
        return Anomaly(
            field=params.field,
            method=params.method,
            sensitivity=params.sensitivity or DEFAULT_SENSITIVITY[params.method],
            window=params.window,
            direction=params.direction,
            min_values=params.min_values,
            key=params.key,
        )


register(AnomalyTrigger())
