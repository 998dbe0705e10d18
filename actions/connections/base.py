"""What a connection type is: a model of its settings, one of its secrets, and a test. Rows are not its job."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.redaction import Redactor


class ConnectionPart(BaseModel):
    """Base of the models of settings and of secrets: unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class NoSecrets(ConnectionPart):
    """Of a connection without credentials."""


S = TypeVar("S", bound=ConnectionPart)
C = TypeVar("C", bound=ConnectionPart)


@dataclass(frozen=True, slots=True)
class Opened(Generic[S, C]):
    """A connection whose credentials can be read, for as long as one action takes."""

    id: UUID
    name: str
    kind: str
    settings: S
    secrets: C = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a request of a connection carries beside its own headers and query."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Renewed:
    """Secret fields that replace those of the same name, and when the connection ends by them, if that is known."""

    secrets: Mapping[str, Any] = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TestCall:
    """What a test or a preparation of a connection may know. It has `timeout_seconds` altogether."""

    __test__ = False  # pytest

    workspace_id: UUID
    timeout_seconds: float
    now: datetime
    redactor: Redactor


class Connections(Protocol):
    """What an action sees of the connections of its workspace."""

    def open(self, name: str | None, *, kinds: frozenset[str]) -> Opened[Any, Any]:
        """The connection of this name; for None, the only one of these kinds.

        From then on its secrets are redacted in whatever the action returns, raises or logs.
        Raises `ActionFailedError`: unknown_connection, wrong_connection, connection_not_permitted,
        connection_unreadable, connection_expired; none of them retryable. And what renewing its credentials raises.
        """
        ...


class ConnectionType(ABC, Generic[S, C]):
    """One kind of connection. Subclass it in a file of `actions/connections/types/` and register an instance there.

    `obtained_secrets` are the secret fields that the other side hands out, as OAuth tokens are; people give the others.
    `address_fields` are the settings that say where the credentials go: when one changes, they are to be given again,
    so that nobody has a stored secret sent to himself. None: those that are named like an address.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    icon: ClassVar[str] = "plug"
    settings_model: ClassVar[type[ConnectionPart]]
    secrets_model: ClassVar[type[ConnectionPart]] = NoSecrets
    is_oauth: ClassVar[bool] = False
    obtained_secrets: ClassVar[frozenset[str]] = frozenset()
    address_fields: ClassVar[frozenset[str] | None] = None

    def is_stale(self, opened: Opened[S, C], now: datetime) -> bool:
        """Whether `prepare` has to renew the credentials before they are used. Asked each time it is opened."""
        return False

    def prepare(self, opened: Opened[S, C], call: TestCall) -> Renewed | None:
        """New credentials in the place of stale ones; None when those it has will do.

        Called by one worker at a time, outside any transaction; the others wait for what it brings. Raises
        `ActionFailedError`, and `connections.errors.AuthorizationNeededError` when only a person can mend it.
        """
        return None

    def derived_secrets(self, opened: Opened[S, C]) -> Collection[str]:
        """What is made of the secrets and as secret as they are, such as user and password in base64."""
        return ()

    def addresses(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that say where the credentials go."""
        if self.address_fields is not None:
            return {name: settings.get(name) for name in self.address_fields}
        words = ("url", "host", "server", "address", "endpoint", "port", "domain")
        return {name: value for name, value in settings.items() if any(word in name.lower() for word in words)}

    def test(self, opened: Opened[S, C], call: TestCall) -> str:
        """Find out whether it works, without an effect; a sentence that says what was found.

        Raises `ActionFailedError`, whose message says what to do.
        """
        return "This kind of connection cannot be tested; its settings are complete."


class HttpConnectionType(ConnectionType[S, C], Generic[S, C]):
    """A connection to an HTTP API. Its credentials are sent to `base_url` and to nowhere else."""

    @abstractmethod
    def base_url(self, opened: Opened[S, C]) -> str:
        """The URL that all requests with these credentials begin with: scheme, host, and a path or none."""

    def authorize(self, opened: Opened[S, C]) -> Authorization:
        """What a request carries. What has to be fetched or refreshed for it is brought up to date in `prepare`."""
        return Authorization()
