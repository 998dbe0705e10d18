"""From a row before and after a change to the events that tell of it: `lead.created`, `lead.updated`, ..."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from triggers.engine import patterns

Json = dict[str, Any]

CREATED, UPDATED, DELETED = "created", "updated", "deleted"
_OUTSIDE_NAMES = re.compile(r"[^\w/:+-]")


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one row. `name` is what it is called (`lead`), `key` its primary key as JSON.

    `old` and `new` are all of its fields that are watched, as JSON, masked ones already masked; None is a row that is
    not there. `changed` names those that differ, which for masked ones nobody can see.
    """

    name: str
    key: Any
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """The type and data of an event. `field` is the one that it is about, "" for the whole row."""

    type: str
    data: Json
    field: str = ""


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that are not what they were. For Python 1 is True; as JSON they are not the same."""
    return tuple(name for name, value in new.items() if name not in old or _text(old[name]) != _text(value))


def events(change: Change) -> Iterator[Told]:
    """The events of a change: none when nothing changed, else one for the row and, for an update, one for each field.

    Shape of the data: `{<name>: the row as it is now (as it was, when deleted), "<name>_id", "old": {field: value},
    "new": {field: value}, "changed": [field]}`; of created rows also `<name>_data`, the row again; of
    `<name>.<field>_changed` also `old_<field>`, `new_<field>`, `old_value` and `new_value`.
    """
    old, new = change.old, change.new
    row = dict((old if new is None else new) or {})
    if old is not None and new is not None:
        if change.changed:
            yield Told(f"{change.name}.{UPDATED}", _data(change, row, change.changed))
            yield from (_of_field(change, row, field) for field in change.changed)
    elif new is not None:
        data = {f"{change.name}_data": row, **_data(change, row, tuple(row))}
        yield Told(f"{change.name}.{CREATED}", data)
    elif old is not None:
        yield Told(f"{change.name}.{DELETED}", _data(change, row, tuple(row)))


def of_field(name: str, field: str) -> str:
    """The type of the event that tells of a field: `deal.stage_changed`. What no type may hold in a name is `_`."""
    return f"{name}.{_OUTSIDE_NAMES.sub('_', field)}_changed"


def is_name(name: str) -> bool:
    """Whether rows can be called so: one level of an event's type, with room for `.<field>_changed`."""
    return "." not in name and patterns.is_name(name) and len(name) <= 100


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _of_field(change: Change, row: Json, field: str) -> Told:
    before, after = (change.old or {}).get(field), (change.new or {}).get(field)
    data = {
        f"old_{field}": before,
        f"new_{field}": after,
        "old_value": before,
        "new_value": after,
        **_data(change, row, (field,)),
    }
    return Told(of_field(change.name, field), data, field)


def _data(change: Change, row: Json, fields: tuple[str, ...]) -> Json:
    """The row's own name wins over ours, should it be called `old` or `changed`."""
    return {
        "old": {field: change.old[field] for field in fields if field in change.old} if change.old else {},
        "new": {field: change.new[field] for field in fields if field in change.new} if change.new else {},
        "changed": list(fields),
        f"{change.name}_id": change.key,
        change.name: row,
    }
