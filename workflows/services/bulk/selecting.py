"""The set of a repair: which rows, as one look at the database found them."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import batches
from core.errors import InvalidError, Problem
from core.ids import new_id
from workflows.models import Repair, RepairItem
from workflows.services.bulk import filters
from workflows.services.bulk.filters import Filter
from workflows.services.bulk.operation import Operation

MAX_ITEMS = 100_000
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Selection:
    """The ids, the oldest first, and how many are of which workflow."""

    ids: tuple[UUID, ...]
    by_workflow: dict[UUID, int]


def select(operation: Operation[Any], filter_: Filter) -> Selection:
    """What the filter finds and the operation can be done to.

    One statement, so the set is of one instant. Raises `InvalidError` for more than `MAX_ITEMS`.
    """
    found = filters.rows(filter_).filter(operation.applies()).order_by("pk").values_list("pk", "workflow_id")
    rows = list(found[: MAX_ITEMS + 1])
    if len(rows) > MAX_ITEMS:
        message = f"More than {MAX_ITEMS:,} {operation.target}s match, the most of one repair. Narrow the filter, for "
        message += "example by `since` and `until`, and make several repairs."
        raise InvalidError(message, problems=[Problem("/filter", "too_many", message)])
    return Selection(tuple(pk for pk, _ in rows), dict(Counter(workflow for _, workflow in rows)))


def freeze(repair: Repair, ids: Collection[UUID]) -> None:
    """Make the items of a new repair, in its transaction."""
    for some in batches.of(tuple(ids), BATCH):
        RepairItem.objects.bulk_create(
            RepairItem(id=new_id(), workspace_id=repair.workspace_id, repair=repair, target_id=pk) for pk in some
        )
