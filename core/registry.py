"""A name-to-object table for everything that is extended by adding a file: action types, trigger types, operators."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")
Restore = Callable[[], None]


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
        _registries.add(self)

    @property
    def kind(self) -> str:
        """What is registered here, in words: `action type`."""
        return self._kind

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

    def unregister(self, key: str) -> None:
        """Forget what is registered under a key; nothing changes when nothing is."""
        self._items.pop(key, None)

    def snapshot(self) -> Restore:
        """A function that brings back what is registered now."""
        items = dict(self._items)

        def restore() -> None:
            self._items = items

        return restore

    def keys(self) -> tuple[str, ...]:
        return tuple(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __len__(self) -> int:
        return len(self._items)


_registries: WeakSet[Registry[Any]] = WeakSet()
_others: list[Callable[[], Restore]] = []


def all_registries() -> tuple[Registry[Any], ...]:
    """Every registry of this process, in the order of what they hold."""
    return tuple(sorted(_registries, key=lambda each: each.kind))


def on_rollback(snapshot: Callable[[], Restore]) -> None:
    """Let a table that is no `Registry` be rolled back too: `snapshot()` returns what brings it back."""
    _others.append(snapshot)


@contextmanager
def transaction() -> Iterator[None]:
    """What is registered inside is forgotten when the block raises: all of it stays, or nothing does.

    Concurrency: for the start of a process, in which one thread registers.
    """
    restores = [each.snapshot() for each in _registries] + [snapshot() for snapshot in _others]
    try:
        yield
    except BaseException:
        for restore in restores:
            restore()
        raise
