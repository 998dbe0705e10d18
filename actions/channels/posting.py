"""What channels over HTTP share: one request, told as it went, and no doubt hidden about what may have been sent."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from actions import outbound
from actions.base import ActionCall, ActionFailedError
from actions.channels.base import JsonObject, Receipt
from actions.connections import http
from actions.connections.base import Opened
from actions.outbound import OutboundRequest, OutboundResponse, doubt


def json_post(
    opened: Opened[Any, Any], path: str, body: Any, *, headers: dict[str, str] | None = None
) -> OutboundRequest:
    """A request that carries JSON."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    return http.request(opened, "POST", path, headers=sent, body=outbound.json_bytes(body))


def form_post(opened: Opened[Any, Any], path: str, fields: dict[str, str]) -> OutboundRequest:
    """A request that carries a form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return http.request(opened, "POST", path, headers=headers, body=urlencode(fields).encode())


def send(request: OutboundRequest, call: ActionCall, *, may_repeat: bool) -> OutboundResponse:
    """The answer, when it is 2xx. Raises `ActionFailedError`.

    `may_repeat`: the receiver recognises what comes twice. Without that, a failure after which the message may have
    been taken is outcome_unknown (`outbound.doubt`).
    """
    try:
        return outbound.call(request, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
    except ActionFailedError as error:
        if may_repeat or not doubt.may_have_arrived(error):
            raise
        raise doubt.outcome_unknown(error, "it may have been sent all the same") from error


def receipt(request: OutboundRequest, response: OutboundResponse, call: ActionCall, *, id: str = "") -> Receipt:  # noqa: A002  the field's name
    """What is kept of it: without the headers that say who we are."""
    return Receipt(id=id, request=shown(request, call), response=response.as_json(call.redactor))


def shown(request: OutboundRequest, call: ActionCall) -> JsonObject:
    """The request for people to read, without its credentials."""
    headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
    cleaned: JsonObject = call.redactor.clean(replace(request, headers=headers).as_json(call.redactor))
    return cleaned


def answer(response: OutboundResponse) -> JsonObject:
    """The answer's JSON object; empty when it is none."""
    value = response.value()
    return value if isinstance(value, dict) else {}
