"""What connections to one HTTP API have in common: where it is, requests as its user, and one that tests it."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from pydantic import Field

from actions import outbound
from actions.base import ActionFailedError
from actions.connections.base import ConnectionPart, HttpConnectionType, Opened, TestCall
from actions.connections.registry import connection_types
from actions.connections.urls import BaseUrl
from actions.outbound import OutboundRequest


class ApiSettings(ConnectionPart):
    """Where the API is."""

    base_url: BaseUrl = Field(description="What all URLs begin with: https://api.example.com")
    test_path: str = Field(
        "",
        max_length=1000,
        pattern=r"^(/[^\s#\\]*)?$",
        description="A path that answers a GET with 2xx when the credentials are right, such as /me: for the test.",
    )


S = TypeVar("S", bound=ApiSettings)
C = TypeVar("C", bound=ConnectionPart)


def type_of(opened: Opened[Any, Any]) -> HttpConnectionType[Any, Any]:
    """The type of a connection that was opened as one of HTTP."""
    found = connection_types.get(opened.kind)
    if not isinstance(found, HttpConnectionType):
        raise TypeError(f"{opened.kind} is no HTTP connection")
    return found


def request(
    opened: Opened[Any, Any],
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    is_body_wanted: bool = True,
) -> OutboundRequest:
    """A request to a path behind the connection's URL, its credentials over the other headers."""
    own = type_of(opened)
    base, carried = own.base_url(opened), own.authorize(opened)
    return OutboundRequest(
        method,
        f"{base.rstrip('/')}{path}" if path else base,
        headers={**(headers or {}), **carried.headers},
        query=carried.query,
        body=body,
        is_body_wanted=is_body_wanted,
    )


class ApiConnectionType(HttpConnectionType[S, C], Generic[S, C]):
    """A connection to an HTTP API whose address people write. Tested by a GET of `test_path`."""

    def base_url(self, opened: Opened[S, C]) -> str:
        return opened.settings.base_url

    def test(self, opened: Opened[S, C], call: TestCall) -> str:
        path = opened.settings.test_path
        if not path:
            return "Nothing was asked: set `test_path` to a path that answers when the credentials are right."
        asked = request(opened, "GET", path, is_body_wanted=False)
        try:
            response = outbound.call(asked, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        except ActionFailedError as error:
            if error.code == "http_status" and error.message.startswith(("the answer was 401", "the answer was 403")):
                text = f"the API does not take these credentials: {error.message}"
                raise ActionFailedError("connection_refused", text, is_retryable=False) from None
            raise
        return f"GET {path.partition('?')[0]} answered {response.status}."
