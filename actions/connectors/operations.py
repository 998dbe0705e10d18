"""The action types that are made of a connector's operations. They are like any other: listed, checked, performed."""

from typing import Any, ClassVar, cast

from actions.base import ActionCall, ActionResult, ActionType
from actions.connections.base import Authorization
from actions.connectors import connection, performing, requests, shapes
from actions.connectors.connection import ConnectorConnection
from actions.connectors.document import ConnectorDocument, NoAuth, OAuth2Auth, Operation, effects_of
from actions.connectors.shapes import OperationParams


class OperationAction(ActionType[OperationParams]):
    """One operation of a connector, with a connection of the connector's kind."""

    document: ClassVar[ConnectorDocument]
    operation: ClassVar[Operation]
    account: ClassVar[ConnectorConnection[Any, Any]]

    def would(self, params: OperationParams, call: ActionCall) -> dict[str, Any]:
        """The request to the connector's own URL; a connection may say another one, and adds who asks."""
        if self.document.settings:  # which its URL is made of
            return super().would(params, call)
        name: str | None = getattr(params, shapes.CONNECTION)
        request = requests.build(
            self.document,
            self.operation,
            shapes.values(self.operation, params),
            base_url=self.document.base_url,
            authorization=Authorization(),
            idempotency_key=call.idempotency_key,
        )
        return {**request.as_json(call.redactor), "connection": name}

    def perform(self, params: OperationParams, call: ActionCall) -> ActionResult:
        name: str | None = getattr(params, shapes.CONNECTION)
        if name is None and not needs_connection(self.document):
            base_url, authorization = self.document.base_url, Authorization()
        else:
            opened = call.connections.open(name, kinds=kinds(self.document))
            base_url, authorization = connection.reach(opened, self.account)
        values = shapes.values(self.operation, params)
        return performing.perform(
            self.document, self.operation, values, call, base_url=base_url, authorization=authorization
        )


def kinds(document: ConnectorDocument) -> frozenset[str]:
    """The kinds of connections that the operations of a connector take."""
    others = document.auth.connections if isinstance(document.auth, OAuth2Auth) else []
    return frozenset({document.name, *others})


def made(document: ConnectorDocument, operation: Operation, account: ConnectorConnection[Any, Any]) -> ActionType[Any]:
    """The action type of an operation."""
    members = {
        "__doc__": operation.description or operation.title,
        "key": operation.key,
        "title": operation.title,
        "description": operation.description or f"{operation.title} ({document.title}).",
        "category": operation.category,
        "icon": document.icon,
        "effects": effects_of(operation),
        "params_model": shapes.params_model(operation, title=document.title),
        "output_model": shapes.output_model(operation),
        "connection_params": {shapes.CONNECTION: kinds(document)},
        "document": document,
        "operation": operation,
        "account": account,
    }
    return cast("ActionType[Any]", type(f"{operation.key}_operation", (OperationAction,), members)())


def needs_connection(document: ConnectorDocument) -> bool:
    """Whether a request of this connector cannot be made without a connection."""
    return not isinstance(document.auth, NoAuth) or bool(document.settings)
