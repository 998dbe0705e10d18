"""What people ask for by an id, a slug or a time; and lists of rows that no index finds.

Of those a part is looked through at a time, by id, and who asks goes on from there. What a filter finds by an index is
in `rows`; what has to be looked at row by row is `wanted`. A list looks at no more than `LOOKED_THROUGH` of the rows
for one page, so a page may have few results, or none, and still not be the last (`core.api.pagination`). What a
question costs does not follow from how long the history is, or how rare what is wanted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from core import ids

LOOKED_THROUGH = 1_000  # rows: some milliseconds

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Search(Generic[M]):
    """`rows`, that an index has in the order of their ids, and what is wanted of them."""

    rows: QuerySet[M]
    wanted: Q

    def every(self) -> QuerySet[M]:
        """All that is wanted, however many rows that reads."""
        return self.rows.filter(self.wanted)

    def last_looked_at(self, *, behind: UUID | None = None, is_newest_first: bool = True) -> UUID | None:
        """The row at which a page has to end that begins behind this one; None where so many are not left, or where
        an index finds all that is wanted."""
        if not self.wanted:
            return None
        rows = self.rows.order_by("-id" if is_newest_first else "id")
        if behind is not None:
            rows = rows.filter(**{f"id__{'lt' if is_newest_first else 'gt'}": behind})
        found: UUID | None = rows.values_list("pk", flat=True)[LOOKED_THROUGH - 1 : LOOKED_THROUGH].first()
        return found


def id_or_slug(text: str, *, at: str = "") -> Q:
    """Rows that have this id or slug; with `at`, rows that refer there to one that has."""
    uid = ids.uuid_or_none(text)
    return Q(**{at or "pk": uid}) if uid else Q(**{f"{at}__slug" if at else "slug": text})


def period(column: str, since: datetime | None, until: datetime | None) -> tuple[Q, Q]:
    """Rows with a time from `since` on and before `until`: by their ids, as an index finds them, and exactly."""
    by_id, exactly = Q(), Q()
    if since is not None:
        by_id &= Q(pk__gte=ids.floor(since))
        exactly &= Q(**{f"{column}__gte": since})
    if until is not None:
        by_id &= Q(pk__lt=ids.ceiling(until))
        exactly &= Q(**{f"{column}__lt": until})
    return by_id, exactly
