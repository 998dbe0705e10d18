"""`kv_set`: keep a value beyond the run, count, or take a key that nobody has."""

from typing import Any

from pydantic import BaseModel, Field, model_validator

from actions import key_values
from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.key_values.params import MAX_EXPIRES_IN_SECONDS, KeyParams, OnConflict
from actions.registry import register


class KvSetParams(KeyParams):
    """What is kept, and when."""

    value: Any = Field(None, description="The value, at most 256 KB as JSON.")
    increment: int | float | None = Field(
        None,
        allow_inf_nan=False,
        description="Instead of a value: a number that is added to the one that is kept.",
    )
    expires_in_seconds: float | None = Field(
        None,
        gt=0,
        le=MAX_EXPIRES_IN_SECONDS,
        description="After how long it is gone; null: never. A counter that exists keeps its own end.",
    )
    if_absent: bool = Field(False, description="Only when there is no value under the key.")
    if_version: int | None = Field(None, ge=0, description="Only when this is the version that kv_get has read.")
    on_conflict: OnConflict = Field(
        "fail", description="When if_absent or if_version does not hold: whether to fail, or to go on and say so."
    )

    @model_validator(mode="after")
    def _one_of_each(self) -> "KvSetParams":
        if ("value" in self.model_fields_set) == (self.increment is not None):
            raise ValueError("give exactly one of value and increment")
        if self.if_absent and self.if_version is not None:
            raise ValueError("give only one of if_absent and if_version")
        return self


class KvSetOutput(BaseModel):
    """What is kept now."""

    stored: bool = Field(description="Whether it was kept; false only with on_conflict: continue.")
    value: Any = Field(description="The value that is kept now, such as the sum.")
    version: int = Field(description="Its version; 0 when there is no value.")
    expires_at: str | None = Field(description="When it expires, in ISO 8601; null: never.")


class KvSet(ActionType[KvSetParams]):
    """One transaction with the note that this action has made its change, so an increment never counts twice."""

    key = "kv_set"
    aliases = ("set_value",)
    title = "Keep value"
    description = "Keep a value beyond the run, count, or take a key that nobody has."
    category = "data"
    icon = "bookmark"
    effects = Effects.KEYED
    params_model = KvSetParams
    output_model = KvSetOutput

    def perform(self, params: KvSetParams, call: ActionCall) -> ActionResult:
        change = key_values.Put(
            value=params.value,
            increment=params.increment,
            if_version=key_values.ABSENT if params.if_absent else params.if_version,
            expires_in_seconds=params.expires_in_seconds,
        )
        is_stored = True
        try:
            known = key_values.put(params.namespace, params.key, change, idempotency_key=call.idempotency_key)
        except key_values.VersionConflictError:
            if params.on_conflict == "fail":
                raise
            is_stored = False
            known = key_values.find(params.namespace, params.key) or key_values.Stored(None, key_values.ABSENT, None)
        output = {"value": known.value, "version": known.version, "expires_at": known.expires_at}
        return ActionResult(output={"stored": is_stored, **output})


register(KvSet())
