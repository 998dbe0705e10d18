"""The connection type of a connector: its settings, its secrets, its test."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar, cast
from urllib.parse import quote, urlsplit

from pydantic import Field, create_model

from actions import outbound
from actions.base import ActionFailedError
from actions.connections import http
from actions.connections.base import Authorization, ConnectionPart, ConnectionType, HttpConnectionType, Opened, TestCall
from actions.connections.errors import AuthorizationNeededError
from actions.connections.oauth import OAuthClient, OAuthConnectionType, OAuthSecrets
from actions.connections.registry import connection_types
from actions.connections.urls import BaseUrl, Url
from actions.connectors import signing_in
from actions.connectors.checks import PLACEHOLDER
from actions.connectors.document import ConnectorDocument, OAuth2Auth

ADDRESSES = ("base_url", "authorize_url", "token_url")  # settings that say who is given credentials
_IN_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class ConnectorSettings(ConnectionPart):
    """Base of the settings of connectors. Who may set `base_url` decides who is given the credentials."""

    base_url: BaseUrl | None = Field(
        None, description="In the place of the connector's own, such as for a proxy; for admins"
    )


class OAuthSettings(ConnectorSettings):
    """Who we are at a connector that takes OAuth tokens; where its tokens are fetched the connector says."""

    client_id: str | None = Field(
        None, min_length=1, max_length=1000, description="The id of the application; without, no token is renewed."
    )
    scopes: list[str] | None = Field(None, max_length=100, description="In the place of the connector's own.")
    authorize_url: Url | None = Field(None, description="In the place of the connector's own; for admins")
    token_url: Url | None = Field(None, description="In the place of the connector's own; for admins")


S = TypeVar("S", bound=ConnectorSettings)
C = TypeVar("C", bound=ConnectionPart)


class ConnectorConnection(HttpConnectionType[S, C], Generic[S, C]):
    """An account at the API of a connector. `address_fields` are the settings that say who is given the credentials."""

    document: ClassVar[ConnectorDocument]
    address_fields: ClassVar[frozenset[str] | None] = frozenset({"base_url"})

    def base_url(self, opened: Opened[S, C]) -> str:
        if opened.settings.base_url:
            return opened.settings.base_url
        return filled(self.document.base_url, opened.settings)

    def authorize(self, opened: Opened[S, C]) -> Authorization:
        return signing_in.authorization(self.document.auth, settings=opened.settings, secrets=opened.secrets)

    def derived_secrets(self, opened: Opened[S, C]) -> Collection[str]:
        """What is made of the secrets and as secret as they are: user and password in base64."""
        return [value.split(" ", 1)[-1] for value in self.authorize(opened).headers.values()]

    def test(self, opened: Opened[S, C], call: TestCall) -> str:
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


class OAuthConnectorConnection(
    OAuthConnectionType[OAuthSettings, OAuthSecrets], ConnectorConnection[OAuthSettings, OAuthSecrets]
):
    """An account whose tokens are fetched where the connector says, and renewed before they end.

    Without a `client_id`, the access token that was stored is used for as long as it lasts.
    """

    def client(self, opened: Opened[OAuthSettings, OAuthSecrets]) -> OAuthClient:
        """Raises `ActionFailedError` (connection_expired) without a `client_id`."""
        given, auth = opened.settings, cast("OAuth2Auth", self.document.auth)
        if given.client_id is None:
            text = f"the connection {opened.name!r} has no client_id: store that of your application, and authorise it"
            raise AuthorizationNeededError(text)
        authorize_url = given.authorize_url or auth.authorize_url
        return OAuthClient(
            authorize_url=authorize_url or "",
            token_url=given.token_url or auth.token_url or "",
            client_id=given.client_id,
            client_secret=opened.secrets.client_secret,
            scopes=tuple(auth.scopes if given.scopes is None else given.scopes),
            auth_style=auth.auth_style,
            is_interactive=authorize_url is not None,
            extra=auth.authorize_params,
        )

    def derived_secrets(self, opened: Opened[OAuthSettings, OAuthSecrets]) -> Collection[str]:
        return super().derived_secrets(opened) if opened.settings.client_id else ()

    def is_stale(self, opened: Opened[OAuthSettings, OAuthSecrets], now: datetime) -> bool:
        if opened.settings.client_id is None and opened.secrets.access_token is not None:
            return False
        return super().is_stale(opened, now)


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
    is_renewed = isinstance(document.auth, OAuth2Auth) and document.auth.token_url is not None
    base: type[ConnectorConnection[Any, Any]] = OAuthConnectorConnection if is_renewed else ConnectorConnection
    settings = OAuthSettings if is_renewed else ConnectorSettings
    addresses = {*ADDRESSES, *PLACEHOLDER.findall(_host(document.base_url))} & {*settings.model_fields, *fields}
    members = {
        "__doc__": document.description or document.title,
        "key": document.name,
        "title": document.title,
        "description": document.description or f"An account at {document.title}.",
        "icon": document.icon,
        "document": document,
        "address_fields": frozenset(addresses),
        "settings_model": create_model("Settings", __base__=settings, **fields),
        "secrets_model": OAuthSecrets if is_renewed else signing_in.secrets_model(document.auth),
    }
    return cast("ConnectionType[Any, Any]", type(f"{document.name}_connection", (base,), members)())


def reach(opened: Opened[Any, Any], own: ConnectorConnection[Any, Any]) -> tuple[str, Authorization]:
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
