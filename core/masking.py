"""Which fields of which models nobody may read: said once, kept by everything that shows rows.

Events of changed rows (`triggers.data_changes`) and actions on rows (`actions.entities`) each declare what they were
told to mask, and both mask what either declared.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from core import registry

MASK = "***"

_declared: dict[type[Any], dict[str, frozenset[str]]] = {}


def declare(model: type[Any], fields: Iterable[str], *, by: str) -> None:
    """Mask these fields of a model (as they are stored: `owner_id`), in the place of what `by` said before."""
    _declared.setdefault(model, {})[by] = frozenset(fields)


def withdraw(model: type[Any], *, by: str) -> None:
    """Forget what `by` declared of a model; nothing changes when it did not."""
    _declared.get(model, {}).pop(by, None)


def fields_of(model: type[Any]) -> frozenset[str]:
    """The masked fields of a model, whoever declared them."""
    return frozenset().union(*_declared.get(model, {}).values())


def masked(row: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    """The row with the mask in the place of these fields' values."""
    return {name: MASK if name in fields else value for name, value in row.items()}


def _snapshot() -> registry.Restore:
    before = {model: dict(said) for model, said in _declared.items()}

    def restore() -> None:
        _declared.clear()
        _declared.update(before)

    return restore


registry.on_rollback(_snapshot)
