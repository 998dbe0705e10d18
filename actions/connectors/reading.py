"""Read connectors: text, a file, or JSON that is stored; every problem with its file and its place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from actions.connectors import checks
from actions.connectors.document import ConnectorDocument
from core import documents, validation
from core.errors import InvalidError, SequiturError

MAX_BYTES = 512 * 1024
MAX_PROBLEMS = 50


def read_file(path: Path) -> ConnectorDocument:
    """The connector of a file. Raises OSError, and `InvalidError` that begins with the file's name."""
    return read(path.read_bytes(), source=str(path))


def read(raw: bytes, *, source: str) -> ConnectorDocument:
    """The connector that a YAML (or JSON) text describes. Raises `InvalidError`, which begins with `source`."""
    try:
        found = documents.parse_yaml(raw, max_bytes=MAX_BYTES)
    except SequiturError as error:
        raise InvalidError(f"{source}: {error.detail}") from None
    if not isinstance(found, dict):
        raise InvalidError(f"{source}: expected a YAML mapping with a name, a base_url and operations.")
    try:
        return parse(found)
    except InvalidError as error:
        lines = "".join(f"\n  {each.path or '/'}: {each.message}" for each in error.problems)
        raise InvalidError(f"{source}: the connector is not valid.{lines}", problems=error.problems) from None


def parse(found: Mapping[str, Any]) -> ConnectorDocument:
    """The connector that a JSON object describes. Raises `InvalidError` with every problem, 50 at the most."""
    try:
        document = ConnectorDocument.model_validate(found)
    except ValidationError as error:
        problems = validation.problems(error, model=ConnectorDocument)[:MAX_PROBLEMS]
        raise InvalidError("The connector is not valid.", problems=problems) from None
    if problems := [*checks.check(document)][:MAX_PROBLEMS]:
        raise InvalidError("The connector is not valid.", problems=problems)
    return document
