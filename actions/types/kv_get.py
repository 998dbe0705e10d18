"""`kv_get`: read a value that a workflow of the workspace has kept."""

from typing import Any

from pydantic import BaseModel, Field

from actions import key_values
from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.key_values.params import KeyParams
from actions.registry import register


class KvGetParams(KeyParams):
    """Which value, and what when there is none."""

    default: Any = Field(None, description="The value when there is none under the key.")


class KvGetOutput(BaseModel):
    """What was found."""

    found: bool = Field(description="Whether there is a value under the key.")
    value: Any = Field(description="The value, or the default.")
    version: int = Field(description="For `if_version` of kv_set; 0 when there is no value.")
    expires_at: str | None = Field(description="When it expires, in ISO 8601; null: never.")


class KvGet(ActionType[KvGetParams]):
    """Read; nothing is changed."""

    key = "kv_get"
    aliases = ("get_value",)
    title = "Read value"
    description = "Read a value that was kept with kv_set, by this workflow or another one."
    category = "data"
    icon = "bookmark"
    effects = Effects.NONE
    params_model = KvGetParams
    output_model = KvGetOutput

    def perform(self, params: KvGetParams, call: ActionCall) -> ActionResult:
        stored = key_values.find(params.namespace, params.key)
        if stored is None:
            return ActionResult(
                output={"found": False, "value": params.default, "version": key_values.ABSENT, "expires_at": None}
            )
        return ActionResult(
            output={
                "found": True,
                "value": stored.value,
                "version": stored.version,
                "expires_at": stored.expires_at,
            }
        )


register(KvGet())
