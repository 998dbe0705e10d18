"""What a connection of the kind `postgres` holds."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from actions.connections.base import ConnectionPart, Opened

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?|[0-9A-Fa-f:.]{2,45}")
_WORD = re.compile(r"[^\x00-\x1f\x7f=/\\]{1,63}")


def _host(text: str) -> str:
    """One name or address: libpq would read a comma as several, and a slash as the folder of a socket."""
    if not _HOST.fullmatch(text):
        raise ValueError("a host is one name or address, such as db.example.com")
    return text


def _word(text: str) -> str:
    """Libpq would read a name with `=` or `/` as a whole connection string."""
    if not _WORD.fullmatch(text):
        raise ValueError("a name has 1 to 63 characters, without = / and backslashes")
    return text


class PostgresSettings(ConnectionPart):
    """Where the database is, and as whom it is asked."""

    host: Annotated[str, AfterValidator(_host)] = Field(description="The server's name or address.")
    port: int = Field(5432, ge=1, le=65535, description="Its port.")
    database: Annotated[str, AfterValidator(_word)] = Field(description="The database.")
    user: Annotated[str, AfterValidator(_word)] = Field(
        description="The role to log in as: what it may do, workflows may."
    )
    sslmode: Literal["disable", "prefer", "require", "verify-full"] = Field(
        "require", description="verify-full also checks who the server is; disable is for networks of your own."
    )
    allow_writes: bool = Field(False, description="Whether db_execute may change data here.")


class PostgresSecrets(ConnectionPart):
    """What proves who asks."""

    password: str = Field(min_length=1, max_length=1000, description="The role's password.")


Account = Opened[PostgresSettings, PostgresSecrets]
KINDS = frozenset({"postgres"})
