"""What tests of connectors ask for: a connection to a server on loopback, and an operation performed with it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import pytest
from pytest_httpserver import HTTPServer

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.registry import action_types
from actions.services import connections
from core.models import Workspace
from core.redaction import Redactor


class Operate(Protocol):
    """Performs an operation with the only connection of its kind, which is told that the API is on loopback."""

    def __call__(self, key: str, params: Mapping[str, Any]) -> ActionResult: ...


class Connect(Protocol):
    """Stores a connection whose `base_url` is the server of the test, with a path below it."""

    def __call__(self, kind: str, secrets: Mapping[str, str], *, below: str = "", **settings: str) -> None: ...


@pytest.fixture
def connect(scope: Workspace, httpserver: HTTPServer) -> Connect:
    def store(kind: str, secrets: Mapping[str, str], *, below: str = "", **settings: str) -> None:
        base_url = httpserver.url_for(below).rstrip("/")
        connections.create(name="mine", kind=kind, settings_={"base_url": base_url, **settings}, secrets=secrets)

    return store


@pytest.fixture
def operate(call: ActionCall, loopback_is_allowed: None) -> Operate:
    def perform(key: str, params: Mapping[str, Any]) -> ActionResult:
        redactor = Redactor()
        opener = connections.Opener(redactor.learn)
        action_type = action_types.get(key)
        checked = checking.validated(action_type, checking.with_defaults(action_type, params))
        return action_type.perform(checked, replace(call, redactor=redactor, connections=opener))

    return perform


def failure(operate: Operate, key: str, params: Mapping[str, Any]) -> ActionFailedError:
    """The failure that the operation ends with."""
    with pytest.raises(ActionFailedError) as raised:
        operate(key, params)
    return raised.value


def outcome(error: ActionFailedError) -> tuple[str, bool, float | None]:
    """Its code, whether it is tried again, and after how many seconds."""
    return error.code, error.is_retryable, error.retry_after_seconds
