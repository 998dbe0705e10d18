"""A small connector for tests, and variations of it."""

import copy
from typing import Any

from core import pointers

PETS: dict[str, Any] = {
    "name": "pets",
    "title": "Pet shop",
    "base_url": "https://pets.example.com/v1",
    "auth": {"kind": "bearer"},
    "operations": [
        {
            "key": "add_pet",
            "title": "Add a pet",
            "path": "/owners/{owner}/pets",
            "params": {
                "owner": {"in": "path", "required": True},
                "name": {"required": True, "max_length": 20},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
            "response": {"id": "body.id"},
        },
        {
            "key": "list_pets",
            "title": "List pets",
            "method": "GET",
            "path": "/pets",
            "params": {
                "limit": {"in": "query", "type": "integer", "maximum": 100},
                "kinds": {"in": "query", "type": "array", "separator": ","},
                "trace": {"in": "header", "name": "X-Trace"},
            },
        },
    ],
}


def changed(**values: Any) -> dict[str, Any]:
    """The connector with other values at the top."""
    return {**copy.deepcopy(PETS), **values}


def at(pointer: str, value: Any) -> dict[str, Any]:
    """The connector with another value at a JSON pointer."""
    document = copy.deepcopy(PETS)
    *way, last = pointers.split(pointer)
    place: Any = document
    for token in way:
        place = place[int(token)] if isinstance(place, list) else place.setdefault(token, {})
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return document
