"""As whom a request is sent: with the credentials of a connection, with those given, or as nobody.

Credentials of a connection go to the origin of its base URL and to no other.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from actions import outbound
from actions.base import ActionCall, ActionFailedError
from actions.connections import http
from actions.connections.base import HttpConnectionType
from actions.connections.registry import connection_types


class _Auth(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BasicAuth(_Auth):
    """A user name and a password."""

    kind: Literal["basic"] = Field(description="HTTP Basic, with a user name and a password.")
    username: str = Field(min_length=1, description="The user name.")
    password: str = Field("", repr=False, description="The password: {{ secrets.name }}.")


class BearerAuth(_Auth):
    """A token."""

    kind: Literal["bearer"] = Field(description="A token after `Authorization: Bearer`.")
    token: str = Field(min_length=1, repr=False, description="The token: {{ secrets.name }}.")


Auth = Annotated[BasicAuth | BearerAuth, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Access:
    """Where the request goes, and what says as whom."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)


class HttpKinds(Mapping[str, frozenset[str]]):
    """`connection_params` of a type whose parameter `connection` takes every kind of HTTP connection there is.

    Read when it is asked for: kinds of plugins are registered after ours.
    """

    def __getitem__(self, name: str) -> frozenset[str]:
        if name != "connection":
            raise KeyError(name)
        return http_kinds()

    def __iter__(self) -> Iterator[str]:
        return iter(("connection",))

    def __len__(self) -> int:
        return 1


def http_kinds() -> frozenset[str]:
    """The keys of all connection types that speak HTTP."""
    return frozenset(each.key for each in connection_types if isinstance(each, HttpConnectionType))


def through_connection(url: str, name: str, call: ActionCall) -> Access:
    """With the credentials of a connection; `url` may be a path below its base URL.

    Raises `ActionFailedError`: wrong_host, invalid_url, and those of `Connections.open`.
    """
    opened = call.connections.open(name, kinds=http_kinds())
    kind = http.type_of(opened)
    base = kind.base_url(opened)
    whole = url if "://" in url.split("?", maxsplit=1)[0] else _below(base, url)
    outbound.check(whole)
    if outbound.origin(whole) != outbound.origin(base):
        message = (
            f"the credentials of the connection {opened.name!r} go to {outbound.shown_origin(base)} only; "
            "write the url as a path, or leave the connection out"
        )
        raise ActionFailedError("wrong_host", message, is_retryable=False)
    found = kind.authorize(opened)
    return Access(whole, found.headers, found.query)


def given(url: str, auth: BasicAuth | BearerAuth | None) -> Access:
    """With the credentials that the parameters give, if any."""
    match auth:
        case BasicAuth():
            login = base64.b64encode(f"{auth.username}:{auth.password}".encode()).decode()
            return Access(url, {"Authorization": f"Basic {login}"})
        case BearerAuth():
            return Access(url, {"Authorization": f"Bearer {auth.token.strip()}"})
        case _:
            return Access(url)


def _below(base: str, path: str) -> str:
    """The path behind the base URL. Raises `ActionFailedError` (invalid_url) for one that leads out of it."""
    whole = f"{base.rstrip('/')}/{path.lstrip('/')}"
    parts = path.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].split("/")
    if any(unquote(part) in {".", ".."} for part in parts) or urlsplit(base).query:
        raise ActionFailedError(
            "invalid_url", "the path has . or .. in it, which lead out of the connection's URL", is_retryable=False
        )
    return whole
