"""`data_change`: a row of a Django model or a table that is watched was created, updated or deleted."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from triggers.base import TriggerParams, TriggerType
from triggers.engine import changes
from triggers.registry import register

MAX_FIELD_CHARACTERS = 63  # of a column's name in PostgreSQL


class Params(TriggerParams):
    """Which rows, and what becomes of them."""

    model: str = Field(description="What the rows are called where they are watched, such as lead")
    on: Literal["created", "updated", "deleted", "changed"] = Field(
        "changed", description="`changed` is any update or, with `field`, one that changes this field"
    )
    field: str | None = Field(
        None, min_length=1, max_length=MAX_FIELD_CHARACTERS, description="With `changed`: the field that changes"
    )

    @field_validator("model")
    @classmethod
    def is_name(cls, value: str) -> str:
        if not changes.is_name(value):
            raise ValueError("expected letters, digits, _ and -, such as lead: the name that the rows are watched by")
        return value

    @model_validator(mode="after")
    def field_changes(self) -> "Params":
        if self.field is not None and self.on != "changed":
            raise ValueError(f"`field` goes with `on: changed`; with `on: {self.on}` it is about the whole row")
        return self


class DataChangeTrigger(TriggerType[Params]):
    """Listens to the events of watched models and tables.

    Which are watched is known to the processes that write them, not to the one that checks a definition, so any name is
    accepted; one that nobody watches never fires.
    """

    key = "data_change"
    title = "Data change"
    description = "A row of a watched model or table was created, updated or deleted."
    params_model = Params

    def listens_to(self, params: Params) -> str:
        if params.field is not None:
            return changes.of_field(params.model, params.field)
        return f"{params.model}.{changes.UPDATED if params.on == 'changed' else params.on}"


register(DataChangeTrigger())
