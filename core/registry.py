"""A name-to-object table for everything that is extended by adding a file: action types, trigger types, operators."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class AlreadyRegisteredError(Exception):
    """Two things were registered under one key."""


class NotRegisteredError(KeyError):
    """Nothing is registered under this key."""


class Registry(Generic[T]):
    """Objects of one kind by key, in order of registration.

    Raises `AlreadyRegisteredError` for a second object under a key and `NotRegisteredError` for a missing key, both
    with the kind and the key in the message.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._items: dict[str, T] = {}

    def register(self, key: str, item: T) -> T:
        """Add `item` and return it; registering the same object again changes nothing (modules may be reloaded)."""
        known = self._items.setdefault(key, item)
        if known is not item:
            raise AlreadyRegisteredError(f"{self._kind} {key!r} is registered twice: {known!r} and {item!r}")
        return item

    def get(self, key: str) -> T:
        try:
            return self._items[key]
        except KeyError:
            raise NotRegisteredError(f"there is no {self._kind} {key!r}") from None

    def find(self, key: str) -> T | None:
        return self._items.get(key)

    def keys(self) -> tuple[str, ...]:
        return tuple(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __len__(self) -> int:
        return len(self._items)
