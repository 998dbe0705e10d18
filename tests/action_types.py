"""Action types that exist in tests only: they go wrong on request."""

from pydantic import Field

from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects
from actions.registry import register


class Params(ActionParams):
    """What is to happen."""

    succeed_on_attempt: int = Field(1, description="0 is never")
    is_retryable: bool = True
    raises: bool = False
    note: str = ""


class Trying(ActionType[Params]):
    """Fails until the attempt it is told to succeed on."""

    key = "test_trying"
    title = description = "For tests"
    category = icon = "test"
    effects = Effects.KEYED
    params_model = Params

    def perform(self, params: Params, call: ActionCall) -> ActionResult:
        if params.raises:
            raise RuntimeError(f"a bug, with {params.note}")
        if call.attempt != params.succeed_on_attempt:
            message = f"attempt {call.attempt} failed {params.note}".strip()
            request = {"note": params.note} if params.note else None
            raise ActionFailedError("test", message, is_retryable=params.is_retryable, request=request)
        return ActionResult(
            output={"key": call.idempotency_key, "note": params.note},
            variables={"succeeded_on": call.attempt},
            usage={"webhooks_called": 2},
            request={"note": params.note},
        )


class Once(Trying):
    """The same, where nobody can tell whether it happened."""

    key = "test_once"
    effects = Effects.ONCE


register(Trying())
register(Once())


class CountedParams(ActionParams):
    """What it is called."""

    name: str


class Counted(ActionType[CountedParams]):
    """Does nothing; its attempts are what is counted."""

    key = "test_counted"
    title = description = "For tests"
    category = icon = "test"
    effects = Effects.KEYED
    params_model = CountedParams

    def perform(self, params: CountedParams, call: ActionCall) -> ActionResult:
        return ActionResult(output={"name": params.name})


register(Counted())
