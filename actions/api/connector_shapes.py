"""What the API gives about connectors of a workspace. What it takes is the format itself."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from actions.connectors import shapes, stored
from actions.connectors.document import ConnectorDocument, Operation, effects_of
from actions.models import Connector
from core.api.shapes import Listing


class ConnectorOperation(BaseModel):
    """An operation, with the JSON Schemas of what it takes and gives."""

    key: str
    title: str
    description: str
    category: str
    effects: str
    params_schema: dict[str, Any]
    output_schema: dict[str, Any]


class ConnectorResponse(BaseModel):
    """A connector of the workspace, as it was stored and as it is understood."""

    name: str
    title: str
    description: str
    version: int
    document: dict[str, Any] = Field(description="As it was sent")
    operations: list[ConnectorOperation]
    created_at: datetime
    updated_at: datetime


class ConnectorSummary(BaseModel):
    """A connector in a list."""

    name: str
    title: str
    version: int
    updated_at: datetime


class ConnectorListing(Listing[ConnectorSummary]):
    """All connectors of the workspace, by name."""


def summary(row: Connector) -> ConnectorSummary:
    title = str(row.document.get("title", row.name))
    return ConnectorSummary(name=row.name, title=title, version=row.version, updated_at=row.updated_at)


def connector(row: Connector) -> ConnectorResponse:
    document = stored.parse(row.document)
    return ConnectorResponse(
        name=row.name,
        title=document.title,
        description=document.description,
        version=row.version,
        document=row.document,
        operations=[_operation(document, each) for each in document.operations],
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _operation(document: ConnectorDocument, operation: Operation) -> ConnectorOperation:
    taken = shapes.params_model(operation, title=document.title).model_json_schema()
    taken["properties"].pop(shapes.CONNECTION)  # a parameter of `connector_request` itself
    return ConnectorOperation(
        key=operation.key,
        title=operation.title,
        description=operation.description,
        category=operation.category,
        effects=effects_of(operation).value,
        params_schema=taken,
        output_schema=shapes.output_model(operation).model_json_schema(),
    )
