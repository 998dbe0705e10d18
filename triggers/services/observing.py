"""Turn what Django does to the rows of watched models into events, in the transaction that does it.

The change and its events are stored together or not at all, so what is rolled back never happened, and a crash in
between loses neither. Django sends the signals of `save()` outside a transaction unless there is one; therefore a
watched model is saved inside one (`_in_one_transaction`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from uuid import UUID

from django.db import router, transaction
from django.db.models import Model
from django.db.models.signals import ModelSignal, post_delete, post_save, pre_delete, pre_save

from core import masking, registry
from triggers.engine import changes
from triggers.engine.changes import Change
from triggers.engine.incoming import IncomingEvent
from triggers.services import telling
from triggers.services.watching import Row, Watched, read

_NAME = "data_changes"
_BEFORE = "_sequitur_before"  # on an instance, between the two signals of one change

_watched: dict[type[Model], Watched] = {}
_plain_save_base: dict[type[Model], Any] = {}
_is_paused: ContextVar[bool] = ContextVar("data_changes_paused", default=False)


@dataclass(slots=True)
class _Gathered:
    """Events that are stored together, and rows that were read together."""

    before: Mapping[Any, Row]
    of: Watched
    events: list[tuple[UUID, IncomingEvent]] = field(default_factory=list)


_gathered: ContextVar[_Gathered | None] = ContextVar("data_changes_gathered", default=None)


def begin(watched: Watched) -> None:
    """Watch a model, and its proxies; what was said of it before no longer holds."""
    end(watched.model)
    _watched[watched.model] = watched
    masking.declare(watched.model, watched.masked, by=_NAME)
    _plain_save_base[watched.model] = watched.model.__dict__.get("save_base")
    watched.model.save_base = _in_one_transaction(watched.model.save_base)  # type: ignore[method-assign]
    _connect(ModelSignal.connect, watched.model)


def end(model: type[Model]) -> None:
    """Watch a model no more; nothing changes when it is not watched."""
    if _watched.pop(model, None) is None:
        return
    masking.withdraw(model, by=_NAME)
    plain = _plain_save_base.pop(model)
    if plain is None:
        del model.save_base
    else:
        model.save_base = plain  # type: ignore[method-assign]
    _connect(ModelSignal.disconnect, model)


def of(model: type[Model]) -> Watched:
    """What is watched of a model, or of the model that it is a proxy of. Raises `LookupError`."""
    try:
        return _watched[model._meta.concrete_model or model]  # noqa: SLF001  documented by Django
    except KeyError:
        raise LookupError(f"{model._meta.label} is not watched; call data_changes.register first.") from None  # noqa: SLF001


@contextmanager
def paused() -> Iterator[None]:
    """What is done inside makes no events."""
    token = _is_paused.set(True)
    try:
        yield
    finally:
        _is_paused.reset(token)


@contextmanager
def gathered(watched: Watched, before: Mapping[Any, Row]) -> Iterator[None]:
    """Store the events of all changes inside at once, at the end; `before` are rows of the model, already read."""
    token = _gathered.set(found := _Gathered(before, watched))
    try:
        yield
    finally:
        _gathered.reset(token)
    telling.store(found.events)


def record(watched: Watched, pairs: Iterator[tuple[Row | None, Row | None]]) -> None:
    """Store the events of rows before and after a change; None is a row that is not there."""
    if _is_paused.get():
        return
    told = [event for before, after in pairs for event in _events(watched, before, after)]
    if (gathering := _gathered.get()) is not None:
        gathering.events += told
    else:
        telling.store(told)


def _events(watched: Watched, before: Row | None, after: Row | None) -> Iterator[tuple[UUID, IncomingEvent]]:
    """A row that moves to another workspace is gone from one and new in the other, which learns nothing of the old."""
    if before and after and before.workspace_id != after.workspace_id:
        yield from _events(watched, before, None)
        yield from _events(watched, None, after)
        return
    row = after or before
    if row is None or row.workspace_id is None:
        return
    hidden = masking.fields_of(watched.model)
    change = Change(
        watched.name,
        key=row.key,
        old=masking.masked(before.values, hidden) if before else None,
        new=masking.masked(after.values, hidden) if after else None,
        changed=changes.differing(before.values, after.values) if before and after else (),
    )
    for told in changes.events(change):
        yield row.workspace_id, telling.incoming(told, source=watched.source, key=row.key)


def _before_save(sender: type[Model], instance: Model, raw: bool, using: str, **_: Any) -> None:
    if not (raw or _is_paused.get()):
        vars(instance)[_BEFORE] = _stored(of(sender), instance.pk, using=using, lock=True)


def _after_save(sender: type[Model], instance: Model, raw: bool, using: str, **_: Any) -> None:
    if not raw and _BEFORE in vars(instance):
        before = vars(instance).pop(_BEFORE)
        watched = of(sender)
        record(watched, iter([(before, _stored(watched, instance.pk, using=using))]))


def _before_delete(sender: type[Model], instance: Model, using: str, **_: Any) -> None:
    if _is_paused.get():
        return
    watched, gathering = of(sender), _gathered.get()
    known = gathering.before.get(instance.pk) if gathering and gathering.of is watched else None
    vars(instance)[_BEFORE] = known or _stored(watched, instance.pk, using=using, lock=True)


def _after_delete(sender: type[Model], instance: Model, **_: Any) -> None:
    if _BEFORE in vars(instance):
        record(of(sender), iter([(vars(instance).pop(_BEFORE), None)]))


def _stored(watched: Watched, key: Any, *, using: str, lock: bool = False) -> Row | None:
    return None if key is None else read(watched, [key], using=using, lock=lock).get(key)


_RECEIVERS: tuple[tuple[ModelSignal, Callable[..., None]], ...] = (
    (pre_save, _before_save), (post_save, _after_save), (pre_delete, _before_delete), (post_delete, _after_delete)
)  # fmt: skip


def _connect(change: Callable[..., object], model: type[Model]) -> None:
    for sender in (model, *_proxies(model)):
        for signal, receiver in _RECEIVERS:
            change(signal, receiver, sender=sender)


def _proxies(model: type[Model]) -> Iterator[type[Model]]:
    for each in model.__subclasses__():
        if each._meta.proxy:  # noqa: SLF001
            yield each
            yield from _proxies(each)


def _in_one_transaction(save_base: Callable[..., None]) -> Callable[..., None]:
    """`save_base` with the signals that it sends and what they do, in one transaction."""

    @wraps(save_base)
    def wrapper(self: Model, *args: Any, using: str | None = None, **kwargs: Any) -> None:
        using = using or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            save_base(self, *args, using=using, **kwargs)

    return wrapper


def _snapshot() -> registry.Restore:
    before = frozenset(_watched)

    def restore() -> None:
        for model in [model for model in _watched if model not in before]:
            end(model)

    return restore


registry.on_rollback(_snapshot)
