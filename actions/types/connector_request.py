"""`connector_request`: call an operation of a connector that the workspace has stored.

Action types are the same for all workspaces, and connectors of a workspace are its own: so there is one type for all
of them, which looks the operation up in the workspace in scope, when a workflow is published and when it runs.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects
from actions.connections import http
from actions.connections.base import Authorization
from actions.connectors import performing, shapes, stored
from actions.connectors.document import Operation
from actions.connectors.stored import Stored
from actions.registry import register
from core import validation
from core.errors import Problem
from core.expressions import templates

GENERIC = frozenset({"http_bearer", "http_basic", "http_api_key", "oauth2"})  # connections that belong to no vendor


class ConnectorRequestParams(ActionParams):
    """Which operation, and what it is given."""

    connector: str = Field(min_length=1, max_length=64, description="The name of a connector of this workspace.")
    operation: str = Field(min_length=1, max_length=64, description="The key of one of its operations.")
    params: dict[str, Any] = Field({}, description="The parameters of the operation.")
    connection: str | None = Field(
        None, description="A connection to the API; its base_url is where the request goes. Not needed without sign-in."
    )


class ConnectorRequest(ActionType[ConnectorRequestParams]):
    """Not repeated unasked after a crash, since an operation may be one that must not be done twice."""

    key = "connector_request"
    title = "Connector request"
    description = "Call an operation of a connector of this workspace."
    category = "integrations"
    icon = "plug"
    effects = Effects.ONCE
    params_model = ConnectorRequestParams
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {"connection": GENERIC}

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        """With the connector of the workspace in scope; nothing without a scope, or where a template says which."""
        name, key, given = params.get("connector"), params.get("operation"), params.get("params", {})
        if not _is_plain(name):
            return []
        found = stored.find(str(name))
        if found is None:
            known = stored.names()
            return [_unknown(f"{path}/connector", "connector", name, known)] if known is not None else []
        if not _is_plain(key):
            return []
        operation = found.operation(str(key))
        if operation is None:
            known = [each.key for each in found.document.operations]
            return [_unknown(f"{path}/operation", "operation", key, known)]
        if not isinstance(given, Mapping):
            return []
        return checking.check_params(_as_type(found, operation), given, path=f"{path}/params")

    def perform(self, params: ConnectorRequestParams, call: ActionCall) -> ActionResult:
        found = stored.find(params.connector)
        operation = found.operation(params.operation) if found else None
        if found is None or operation is None:
            what = f"{params.connector[:64]}.{params.operation[:64]}"
            text = f"the workspace has no connector with the operation {what!r}"
            raise ActionFailedError("unknown_connector", text, is_retryable=False)
        checked = checking.validated(_as_type(found, operation), params.params)
        base_url, authorization = _reach(found, params.connection, call)
        values = shapes.values(operation, checked)
        return performing.perform(
            found.document, operation, values, call, base_url=base_url, authorization=authorization
        )


def _reach(found: Stored, name: str | None, call: ActionCall) -> tuple[str, Authorization]:
    """Where it goes: credentials go where their own connection says, whatever the connector has become since."""
    if name is None and not stored.needs_connection(found.document):
        return found.document.base_url, Authorization()
    opened = call.connections.open(name, kinds=GENERIC)
    kind = http.type_of(opened)
    return kind.base_url(opened), kind.authorize(opened)


class _Checked(ActionType[Any]):
    """An operation in the form in which parameters are checked."""

    def __init__(self, model: type[ActionParams], key: str) -> None:
        self.params_model = model  # type: ignore[misc]  # of the class for all other types
        self.key = key  # type: ignore[misc]

    def perform(self, params: Any, call: ActionCall) -> ActionResult:
        raise NotImplementedError


def _as_type(found: Stored, operation: Operation) -> ActionType[Any]:
    return _Checked(found.models[operation.key], f"{found.document.name}.{operation.key}")


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and not templates.is_template(value) and "\0" not in value


def _unknown(path: str, what: str, name: object, known: list[str]) -> Problem:
    there_are = f" There are {', '.join(known[:20])}." if known else " The workspace has none: an admin stores them."
    guess = validation.did_you_mean(str(name), known) or there_are
    return Problem(path, f"unknown_{what}", f"There is no {what} {str(name)[:64]!r}.{guess}")


register(ConnectorRequest())
