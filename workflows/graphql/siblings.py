"""What rows of one page are asked for is loaded for all of them at once, when it is asked of the first.

A loader of futures needs an event loop, which a synchronous server has none of; rows that came together know each other
instead. Any number of rows therefore costs as many statements as one.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
R = TypeVar("R", bound=Model)
T = TypeVar("T")


class Siblings(Generic[M]):
    """The rows of a page."""

    def __init__(self, rows: Iterable[M]) -> None:
        self.rows: Sequence[M] = [*rows]
        self._loaded: dict[Hashable, Any] = {}

    def once(self, what: Hashable, load: Callable[[Sequence[M]], T]) -> T:
        """What `load` gives for all the rows; loaded when it is first asked for, by the name `what`."""
        if what not in self._loaded:
            self._loaded[what] = load(self.rows)
        found: T = self._loaded[what]
        return found


def first_of_each(
    rows: QuerySet[R], column: str, of: Iterable[UUID], *, limit: int, order: str, after: UUID | None = None
) -> dict[UUID, list[R]]:
    """So many rows of each owner, in the order of `id` or `-id`, behind the one with the id `after`.

    Two statements: one finds the ids, with a LIMIT of its own for each owner, so that no owner's rows are all read.
    """
    if after is not None:
        rows = rows.filter(**{"id__lt" if order.startswith("-") else "id__gt": after})
    owners = [*of]
    parts = [
        rows.filter(**{column: owner}).select_related(None).order_by(order).values_list("pk", flat=True)[:limit]
        for owner in owners
    ]
    ids = [*parts[0].union(*parts[1:], all=True)] if parts else []
    found: dict[UUID, list[R]] = {owner: [] for owner in owners}
    for row in rows.filter(pk__in=ids).order_by(order):
        found[getattr(row, column)].append(row)
    return found
