"""What a connection type is: a model of its settings, one of its secrets, and a test. Rows are not its job."""

from abc import ABC
from collections.abc import Mapping
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
class TestCall:
    """What a test of a connection may know. It has `timeout_seconds` altogether."""

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
        connection_unreadable; none of them retryable.
        """
        ...


class ConnectionType(ABC, Generic[S, C]):
    """One kind of connection. Subclass it in a file of `actions/connections/types/` and register an instance there."""

    key: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    icon: ClassVar[str] = "plug"
    settings_model: ClassVar[type[ConnectionPart]]
    secrets_model: ClassVar[type[ConnectionPart]] = NoSecrets

    def test(self, opened: Opened[S, C], call: TestCall) -> str:
        """Find out whether it works, without an effect; a sentence that says what was found.

        Raises `ActionFailedError`, whose message says what to do.
        """
        return "This kind of connection cannot be tested; its settings are complete."


class HttpConnectionType(ConnectionType[S, C], Generic[S, C]):
    """A connection to an HTTP API. Its credentials are sent to `base_url` and to nowhere else."""

    def base_url(self, opened: Opened[S, C]) -> str:
        """The URL that all requests with these credentials begin with: scheme, host, and a path or none."""
        raise NotImplementedError

    def authorize(self, opened: Opened[S, C]) -> Authorization:
        """What a request carries. Bring whatever has to be fetched or refreshed up to date before, in `prepare`."""
        return Authorization()
