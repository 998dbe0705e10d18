"""Event types from files: YAML with what is said about each type under its name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import transaction

from core import documents, plugins
from core.errors import InvalidError
from triggers.engine import patterns
from triggers.models import EventType, Validation
from triggers.services import event_types

SHIPPED = Path("fixtures/event_types")
Outcome = Literal["made", "changed", "left"]


def shipped() -> list[Path]:
    """The files that come with the product, and those of plugins (`event_types/*.yaml`)."""
    return [*sorted((settings.BASE_DIR / SHIPPED).glob("*.yaml")), *plugins.files("event_types", "*.yaml")]


def check(path: Path) -> None:
    """Do nothing when the file can be loaded, as far as it can be told without a database. Raises `InvalidError`."""
    for name, values in _read(path).items():
        _check(name, values, path)


@transaction.atomic
def load(paths: Sequence[Path], *, validation: Validation = Validation.WARN) -> list[tuple[str, Outcome]]:
    """Register the types of these files in the workspace in scope, all or none; what became of each, by name.

    A type that is registered is changed to what the file says, but for how it is validated: that was chosen. One
    without a schema is not validated. Safe to repeat. Raises OSError, and `InvalidError` with the file's name.
    """
    return [_load(name, values, path, validation) for path in paths for name, values in _read(path).items()]


def _load(name: str, values: Any, path: Path, validation: Validation) -> tuple[str, Outcome]:
    _check(name, values, path)
    chosen = {"validation": validation if values.get("schema") else Validation.OFF, **values}
    try:
        before = EventType.objects.filter(name=name).first()
        if before is None:
            event_types.create(name, chosen)
            return name, "made"
        after = event_types.change(name, values)
    except InvalidError as error:
        raise InvalidError(f"{path}: {name!r}. {error.detail}", problems=error.problems) from None
    return name, "left" if after.version == before.version else "changed"


def _check(name: str, values: Any, path: Path) -> None:
    if not patterns.is_name(name) or not isinstance(values, dict) or values.keys() - {*event_types.CHANGEABLE}:
        raise InvalidError(f"{path}: expected for {name!r} an object of {', '.join(event_types.CHANGEABLE)}.")


def _read(path: Path) -> dict[str, Any]:
    found = documents.parse_yaml(path.read_bytes(), max_bytes=settings.SEQUITUR_MAX_BODY_BYTES)
    if not isinstance(found, dict):
        raise InvalidError(f"{path}: expected a YAML mapping, with what is said about each type under its name.")
    return found
