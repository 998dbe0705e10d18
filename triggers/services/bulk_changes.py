"""Change many rows of a watched model at once, with the events that one `save()` after the other would make.

Each works through batches inside one transaction, so memory is bounded by a batch, and all of it happens or none.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import router, transaction
from django.db.models import Model, QuerySet

from triggers.services import observing
from triggers.services.watching import Row, Watched, read

MAX_ROWS = 200  # of a batch: some thousand events, when each of them has a dozen fields that change


def bulk_create(model: type[Model], objs: Iterable[Model]) -> int:
    """Insert these; returns how many. They have their primary keys afterwards."""
    watched, using = observing.of(model), router.db_for_write(model)
    count = 0
    with transaction.atomic(using=using):
        for batch in _batches(objs):
            model._base_manager.using(using).bulk_create(batch)  # noqa: SLF001  documented by Django
            created = read(watched, [each.pk for each in batch], using=using)
            observing.record(watched, ((None, created[each.pk]) for each in batch))
            count += len(batch)
    return count


def bulk_update(objs: Iterable[Model], fields: Sequence[str]) -> int:
    """Write these fields of these rows; returns how many rows there were."""
    count = 0
    with transaction.atomic():
        for batch in _batches(objs):
            model = type(batch[0])
            watched, using = observing.of(model), router.db_for_write(model)
            keys = [each.pk for each in batch]
            with transaction.atomic(using=using):
                before = read(watched, keys, using=using, lock=True)
                count += model._base_manager.using(using).bulk_update(batch, fields)  # noqa: SLF001
                _record(watched, keys, before, using=using)
    return count


def update(queryset: QuerySet[Any], **values: Any) -> int:
    """`queryset.update(**values)`; returns how many rows matched. The queryset is asked once, at the beginning."""
    watched, using = observing.of(queryset.model), router.db_for_write(queryset.model)
    rows = queryset.using(using)
    count = 0
    with transaction.atomic(using=using):
        for keys in _batches(_keys(rows)):
            before = read(watched, keys, using=using, lock=True)
            # Asked again, where it can be, now that the rows are locked: one may have changed since it matched.
            chosen = _all(watched, using) if rows.query.is_sliced else rows.order_by()
            count += chosen.filter(pk__in=keys).update(**values)
            _record(watched, keys, before, using=using)
    return count


def delete(queryset: QuerySet[Any]) -> int:
    """`queryset.delete()`, cascades included; returns how many rows went."""
    watched, using = observing.of(queryset.model), router.db_for_write(queryset.model)
    count = 0
    with transaction.atomic(using=using):
        for keys in _batches(_keys(queryset.using(using))):
            before = read(watched, keys, using=using, lock=True)
            with observing.gathered(watched, before):
                count += _all(watched, using).filter(pk__in=list(before)).delete()[0]
    return count


def _record(watched: Watched, keys: Sequence[Any], before: dict[Any, Row], *, using: str) -> None:
    after = read(watched, keys, using=using)
    observing.record(watched, ((before[key], after.get(key)) for key in keys if key in before))


def _all(watched: Watched, using: str) -> QuerySet[Any]:
    return watched.model._base_manager.using(using).all()  # noqa: SLF001  documented by Django


def _keys(rows: QuerySet[Any]) -> Iterator[Any]:
    """Read by a cursor of the server: what is changed meanwhile does not change what matched."""
    ordered = rows if rows.query.is_sliced else rows.order_by("pk")
    return ordered.values_list("pk", flat=True).iterator(chunk_size=MAX_ROWS)


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, MAX_ROWS)):
        yield batch
