"""The connection type of a connector: its settings, its secrets, its test."""

import re
from collections.abc import Collection
from typing import Any, ClassVar, cast
from urllib.parse import quote, urlsplit

from pydantic import Field, create_model

from actions import outbound
from actions.base import ActionFailedError
from actions.connections import http
from actions.connections.base import Authorization, ConnectionPart, ConnectionType, HttpConnectionType, Opened, TestCall
from actions.connections.registry import connection_types
from actions.connections.urls import BaseUrl
from actions.connectors import signing_in
from actions.connectors.checks import PLACEHOLDER
from actions.connectors.document import ConnectorDocument

_IN_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class ConnectorSettings(ConnectionPart):
    """Base of the settings of connectors. Who may set `base_url` decides who is given the credentials."""

    base_url: BaseUrl | None = Field(
        None, description="In the place of the connector's own, such as for a proxy; for admins"
    )


class ConnectorConnection(HttpConnectionType[ConnectorSettings, ConnectionPart]):
    """An account at the API of a connector. `address_fields` are the settings that say who is given the credentials."""

    document: ClassVar[ConnectorDocument]
    address_fields: ClassVar[frozenset[str] | None] = frozenset({"base_url"})

    def base_url(self, opened: Opened[ConnectorSettings, ConnectionPart]) -> str:
        if opened.settings.base_url:
            return opened.settings.base_url
        return filled(self.document.base_url, opened.settings)

    def authorize(self, opened: Opened[ConnectorSettings, ConnectionPart]) -> Authorization:
        return signing_in.authorization(self.document.auth, settings=opened.settings, secrets=opened.secrets)

    def derived_secrets(self, opened: Opened[ConnectorSettings, ConnectionPart]) -> Collection[str]:
        """What is made of the secrets and as secret as they are: user and password in base64."""
        return [value.split(" ", 1)[-1] for value in self.authorize(opened).headers.values()]

    def test(self, opened: Opened[ConnectorSettings, ConnectionPart], call: TestCall) -> str:
        test = self.document.test
        if test is None:
            return super().test(opened, call)
        host = urlsplit(self.base_url(opened)).hostname or ""
        body = None if test.body is None else outbound.json_bytes(test.body)
        headers = {
            "Accept": "application/json",
            **({"Content-Type": "application/json"} if body else {}),
            **self.document.headers,
        }
        request = http.request(opened, test.method, test.path, headers=headers, body=body, is_body_wanted=False)
        try:
            response = outbound.call(request, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        except ActionFailedError as error:
            raise _told(error, self.document.title) from error
        return f"{host} accepted the credentials: it answered {response.status}."


def filled(base_url: str, settings: ConnectionPart) -> str:
    """The URL with the settings in their places.

    Raises `ActionFailedError` (invalid_url) for a setting that cannot be a part of a host's name.
    """
    scheme, _, rest = base_url.partition("://")
    host, slash, path = rest.partition("/")

    def label(match: re.Match[str]) -> str:
        text = str(getattr(settings, match[1]))
        if not _IN_HOST.fullmatch(text):
            message = f"the setting {match[1]!r} of the connection cannot be a part of a host's name"
            raise ActionFailedError("invalid_url", message, is_retryable=False)
        return text

    def segment(match: re.Match[str]) -> str:
        text = str(getattr(settings, match[1]))
        if text in {"", ".", ".."}:
            message = f"the setting {match[1]!r} of the connection cannot be a part of a path"
            raise ActionFailedError("invalid_url", message, is_retryable=False)
        return quote(text, safe="")

    return f"{scheme}://{PLACEHOLDER.sub(label, host)}{slash}{PLACEHOLDER.sub(segment, path)}"


def _host(base_url: str) -> str:
    return base_url.partition("://")[2].partition("/")[0]


def made(document: ConnectorDocument) -> ConnectionType[Any, Any]:
    """The connection type of a connector; its key is the connector's name."""
    fields: dict[str, Any] = {
        name: (str, Field(... if each.default is None else each.default, min_length=1, max_length=200,
                          title=each.title, description=each.description or None))
        for name, each in document.settings.items()
    }  # fmt: skip
    members = {
        "__doc__": document.description or document.title,
        "key": document.name,
        "title": document.title,
        "description": document.description or f"An account at {document.title}.",
        "icon": document.icon,
        "document": document,
        "address_fields": frozenset({"base_url", *PLACEHOLDER.findall(_host(document.base_url))}),
        "settings_model": create_model("Settings", __base__=ConnectorSettings, **fields),
        "secrets_model": signing_in.secrets_model(document.auth),
    }
    return cast("ConnectionType[Any, Any]", type(f"{document.name}_connection", (ConnectorConnection,), members)())


def reach(opened: Opened[Any, Any], own: ConnectorConnection) -> tuple[str, Authorization]:
    """Where requests with an opened connection go, and what they carry.

    A connection of another kind, such as one that renews its token, goes where the connector says, if that is where
    its own credentials may go. Raises `ActionFailedError` (wrong_connection) when it is not.
    """
    found = connection_types.get(opened.kind)
    if found is own or not isinstance(found, HttpConnectionType):
        return own.base_url(opened), own.authorize(opened)
    theirs = found.base_url(opened)
    if outbound.origin(theirs) != outbound.origin(own.document.base_url):
        text = f"the connection {opened.name!r} is not for {own.document.title}: its base_url is of another host"
        raise ActionFailedError("wrong_connection", text, is_retryable=False)
    return own.document.base_url, found.authorize(opened)


def _told(error: ActionFailedError, title: str) -> ActionFailedError:
    status = int((error.response or {}).get("status", 0))
    if status not in {401, 403}:
        return error
    text = f"{title} did not accept the credentials (it answered {status}); store them again"
    return ActionFailedError("unauthorized", text, is_retryable=False, request=error.request, response=error.response)
