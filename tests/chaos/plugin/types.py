"""An action whose effect must never happen twice: nobody could tell whether it did."""

from actions import outbound
from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from actions.outbound import OutboundRequest
from actions.registry import register


class Params(ActionParams):
    """Where to."""

    url: str


class Once(ActionType[Params]):
    """Calls the receiver. The key is for the receiver's ledger only; the engine is told that there is none."""

    key = "chaos_once"
    title = description = "For the chaos test"
    category = icon = "test"
    effects = Effects.ONCE
    params_model = Params

    def perform(self, params: Params, call: ActionCall) -> ActionResult:
        headers = {"Idempotency-Key": call.idempotency_key, "X-Attempt": str(call.attempt)}
        request = OutboundRequest(method="POST", url=params.url, headers=headers, query={}, body=b"")
        outbound.call(request, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        return ActionResult()


register(Once())
