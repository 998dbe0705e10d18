"""Perform AI actions against the server of the tests, with and without rows."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.connections.base import Opened
from actions.connections.types.openai import OpenAiSecrets, OpenAiSettings
from actions.registry import action_types
from tests.actions.ai_server import API_KEY, MODEL, AiServer

PRICES = {MODEL: {"input_per_million": 1, "output_per_million": 5, "currency": "EUR"}}


def settings_of(server: AiServer, **changes: Any) -> dict[str, Any]:
    """The settings of a connection to the server, with prices."""
    return {"base_url": server.url, "model": MODEL, "prices": PRICES, **changes}


@dataclass(frozen=True)
class OneConnection:
    """The connections of a workspace that has one, whatever name it is asked for."""

    settings: dict[str, Any]
    call: ActionCall
    api_key: str = API_KEY

    def open(self, name: str | None, *, kinds: frozenset[str]) -> Opened[Any, Any]:
        if name == "missing" or "openai" not in kinds:
            raise ActionFailedError("unknown_connection", f"there is no connection {name!r}", is_retryable=False)
        self.call.redactor.learn([self.api_key])
        secrets = OpenAiSecrets(api_key=self.api_key)
        return Opened(UUID(int=1), name or "ai", "openai", OpenAiSettings.model_validate(self.settings), secrets)


def connected(call: ActionCall, server: AiServer, *, api_key: str = API_KEY, **changes: Any) -> ActionCall:
    """The call with a connection to the server."""
    return replace(call, connections=OneConnection(settings_of(server, **changes), call, api_key))


def perform(type_: str, params: dict[str, Any], call: ActionCall) -> ActionResult:
    """What an action type makes of these parameters."""
    action_type = action_types.get(type_)
    return action_type.perform(checking.validated(action_type, params), call)
