"""What the API takes and gives about connections. Secret fields are taken only."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from actions.connections.base import ConnectionType
from actions.models import Connection
from actions.services import connections, expiring
from core.api.queries import Query
from core.api.shapes import Listing
from core.models import Role

# In UTC, too, a year of four digits: what lies beyond can be stored, and never be read again.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
Ending = Annotated[AwareDatetime, Field(ge=_FIRST, lt=_LAST)]


class ConnectionQuery(Query):
    """Which of them."""

    kind: str | None = Field(None, description="The key of a connection type")


class CallbackQuery(BaseModel):
    """What the other side sends along; whatever else it sends is of no use."""

    model_config = ConfigDict(extra="ignore")

    state: str = Field("", repr=False)
    code: str = Field("", repr=False)
    error: str = ""


class ConnectionRequest(BaseModel):
    """A new connection. The fields of `settings` and `secrets` are those of its kind: see connection-types."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: str
    settings: dict[str, Any] = {}
    secrets: dict[str, Any] = Field({}, repr=False, description="Never answered again")
    role: Role = Field(Role.EDITOR, description="The least role of publishers whose workflows may use it")
    expires_at: Ending | None = Field(None, description="When its credentials end, if you know")


class ConnectionChange(BaseModel):
    """What is to change. Secret fields that are left out keep their value; settings are replaced as a whole."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    settings: dict[str, Any] = {}
    secrets: dict[str, Any] = Field({}, repr=False, description="null takes one away")
    role: Role = Role.EDITOR
    expires_at: Ending | None = None


class ConnectionWarning(BaseModel):
    """What somebody should look at."""

    code: str = Field(description="expired, expires_soon, authorization_needed, test_failed or unreadable")
    message: str


class ConnectionResponse(BaseModel):
    """A connection. `secrets` says which secret fields are set, as `{"token": "set"}`, and nothing more."""

    id: str
    name: str
    kind: str
    settings: dict[str, Any]
    secrets: dict[str, str]
    role: Role
    expires_at: datetime | None
    last_used_at: datetime | None
    tested_at: datetime | None
    test_error: dict[str, Any] | None
    warnings: list[ConnectionWarning]
    created_at: datetime
    updated_at: datetime


class ConnectionListing(Listing[ConnectionResponse]):
    """All connections of the workspace, by name."""


class ConnectionTestResponse(BaseModel):
    """What a test found: a sentence, and for a failure its code."""

    ok: bool
    message: str
    code: str | None


class AuthorizeResponse(BaseModel):
    """Where a person agrees; good for ten minutes."""

    url: str


class ConnectionTypeResponse(BaseModel):
    """A connection type, with the JSON Schemas of its settings and of its secret fields."""

    key: str
    title: str
    description: str
    icon: str
    settings_schema: dict[str, Any]
    secrets_schema: dict[str, Any]
    is_oauth: bool = Field(description="Whether its tokens are fetched from an OAuth server")


class ConnectionTypeListing(Listing[ConnectionTypeResponse]):
    """All connection types."""


def connection(row: Connection, *, now: datetime) -> ConnectionResponse:
    return ConnectionResponse(
        id=str(row.pk),
        name=row.name,
        kind=row.kind,
        settings=row.settings,
        secrets=connections.secrets_set(row),
        role=Role(row.role),
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        tested_at=row.tested_at,
        test_error=row.test_error,
        warnings=[ConnectionWarning(**each) for each in expiring.warnings(row, now=now)],
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def connection_type(item: ConnectionType[Any, Any]) -> ConnectionTypeResponse:
    secrets = item.secrets_model.model_json_schema()
    properties = secrets.get("properties", {})
    secrets["properties"] = {name: each for name, each in properties.items() if name not in item.obtained_secrets}
    return ConnectionTypeResponse(
        key=item.key,
        title=item.title,
        description=item.description,
        icon=item.icon,
        settings_schema=item.settings_model.model_json_schema(),
        secrets_schema=secrets,
        is_oauth=item.is_oauth,
    )
