"""Action types that exist in tests only: they go wrong on request."""

from collections.abc import Mapping
from typing import ClassVar

import structlog
from django.db import DataError
from pydantic import Field

from actions import outbound
from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects
from actions.connections.base import HttpConnectionType
from actions.connections.registry import connection_types
from actions.outbound import OutboundRequest
from actions.registry import register

log = structlog.get_logger(__name__)


class Params(ActionParams):
    """What is to happen."""

    succeed_on_attempt: int = Field(1, description="0 is never")
    is_retryable: bool = True
    raises: bool = False
    refused_by_database: bool = False
    note: str = ""
    costs: float = Field(0, description="Of each attempt")


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
        if params.refused_by_database:
            raise DataError("value too long")
        if call.attempt != params.succeed_on_attempt:
            message = f"attempt {call.attempt} failed {params.note}".strip()
            request = {"note": params.note} if params.note else None
            usage = {"estimated_cost": params.costs} if params.costs else None
            raise ActionFailedError("test", message, is_retryable=params.is_retryable, request=request, usage=usage)
        return ActionResult(
            output={"key": call.idempotency_key, "note": params.note},
            variables={"succeeded_on": call.attempt},
            usage={"webhooks_called": 2, **({"estimated_cost": params.costs} if params.costs else {})},
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


class ConnectedParams(ActionParams):
    """Through what it goes, and how."""

    connection: str | None = None
    path: str = "/"


class Connected(ActionType[ConnectedParams]):
    """Calls the API of a connection, and echoes what came back."""

    key = "test_connected"
    title = description = "For tests"
    category = icon = "test"
    effects = Effects.KEYED
    params_model = ConnectedParams
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {
        "connection": frozenset({"http_bearer", "http_basic", "http_api_key", "oauth2"})
    }

    def perform(self, params: ConnectedParams, call: ActionCall) -> ActionResult:
        opened = call.connections.open(params.connection, kinds=self.connection_params["connection"])
        found = connection_types.get(opened.kind)
        assert isinstance(found, HttpConnectionType)
        carried = found.authorize(opened)
        url = found.base_url(opened) + params.path
        request = OutboundRequest("GET", url, headers=carried.headers, query=carried.query)
        response = outbound.call(request, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        log.info("called", headers=call.redactor.clean(dict(carried.headers)))
        return ActionResult(
            output={"body": response.value()},
            request=request.as_json(call.redactor),
            response=response.as_json(call.redactor),
        )


register(Connected())
