"""`kv_delete`: forget a value that was kept."""

from pydantic import BaseModel, Field

from actions import key_values
from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.key_values.params import KeyParams, OnConflict
from actions.registry import register


class KvDeleteParams(KeyParams):
    """Which value."""

    if_version: int | None = Field(None, ge=1, description="Only when this is the version that kv_get has read.")
    on_conflict: OnConflict = Field(
        "fail", description="When if_version does not hold: whether to fail, or to go on and say so."
    )


class KvDeleteOutput(BaseModel):
    """What became of it."""

    deleted: bool = Field(description="Whether there was a value, and it is gone.")


class KvDelete(ActionType[KvDeleteParams]):
    """An attempt that was made already does not delete what somebody has kept since."""

    key = "kv_delete"
    aliases = ("delete_value",)
    title = "Forget value"
    description = "Delete a value that was kept with kv_set."
    category = "data"
    icon = "bookmark"
    effects = Effects.KEYED
    params_model = KvDeleteParams
    output_model = KvDeleteOutput

    def perform(self, params: KvDeleteParams, call: ActionCall) -> ActionResult:
        try:
            deleted = key_values.delete(
                params.namespace, params.key, if_version=params.if_version, idempotency_key=call.idempotency_key
            )
        except key_values.VersionConflictError:
            if params.on_conflict == "fail":
                raise
            deleted = False
        return ActionResult(output={"deleted": deleted})


register(KvDelete())
