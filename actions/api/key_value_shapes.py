"""What the API takes and gives about kept values."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from actions.key_values import Stored
from actions.key_values.params import MAX_EXPIRES_IN_SECONDS
from actions.models import KeyValue
from core.api.queries import ListQuery, Query
from core.api.shapes import Page


class KeyValueChangeRequest(BaseModel):
    """A value to keep."""

    model_config = ConfigDict(extra="forbid")

    value: Any = Field(description="At most 256 KB as JSON")
    expires_in_seconds: float | None = Field(None, gt=0, le=MAX_EXPIRES_IN_SECONDS, description="null: never")
    if_version: int | None = Field(None, ge=0, description="Only when this is the version; 0: only when there is none")


class KeyValueQuery(ListQuery):
    """Which values a list shows."""

    namespace: str | None = Field(None, description="Only of this namespace")
    prefix: str | None = Field(None, description="Only keys that begin so")


class KeyValueDeletion(Query):
    """When a value is deleted."""

    if_version: int | None = Field(None, ge=1, description="Only when this is the version")


class KeyValueName(BaseModel):
    """That a value is kept; a list does not show it."""

    namespace: str
    key: str
    version: int
    expires_at: datetime | None
    updated_at: datetime


class KeyValuePage(Page[KeyValueName]):
    """A page of kept values, those with the newest keys first."""


class KeyValueResponse(BaseModel):
    """A kept value."""

    namespace: str
    key: str
    value: Any
    version: int
    expires_at: datetime | None


def name(row: KeyValue) -> KeyValueName:
    return KeyValueName(
        namespace=row.namespace,
        key=row.key,
        version=row.version,
        expires_at=row.expires_at,
        updated_at=row.updated_at,
    )


def value(namespace: str, key: str, stored: Stored) -> KeyValueResponse:
    return KeyValueResponse(
        namespace=namespace,
        key=key,
        value=stored.value,
        version=stored.version,
        expires_at=datetime.fromisoformat(stored.expires_at) if stored.expires_at else None,
    )
