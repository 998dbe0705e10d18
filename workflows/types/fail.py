"""`fail`: say that something is wrong, as an action that failed does."""

from collections.abc import Mapping
from typing import Any, NoReturn

from pydantic import Field

from actions.base import ActionFailedError, ActionParams
from actions.registry import register
from workflows.types.base import ControlType, Turn


class FailParams(ActionParams):
    """The error."""

    message: str = Field(min_length=1, max_length=10_000, description="What is wrong, for people.")
    code: str = Field(
        "failed", pattern=r"^[a-z][a-z0-9_]{0,63}$", description="What is wrong, in one word for programs."
    )


class Fail(ControlType[FailParams]):
    """An error like any other: its port `error` fires, and a run in which nothing handles it fails."""

    key = "fail"
    title = "Fail"
    description = "Fail with an error of your own."
    icon = "octagon-x"
    params_model = FailParams

    def ports(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        return ()

    def take(self, params: FailParams, turn: Turn) -> NoReturn:
        raise ActionFailedError(params.code, params.message, is_retryable=False)


register(Fail())
