"""What a repair would do. Nothing is changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.errors import SequiturError
from workflows.engine import repairs
from workflows.engine.repairs import Target
from workflows.models import NotificationDelivery, Run, Workflow
from workflows.services.bulk import filters, selecting
from workflows.services.bulk.filters import Filter
from workflows.services.bulk.operation import Effects, Operation, Options

MAX_LOOKED_AT = 1_000  # each is planned like a real one
MAX_EXAMPLES = 20
MAX_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class OfWorkflow:
    """How many of the rows are of a workflow."""

    id: UUID
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Example:
    """One of the rows, and what would be done for it, or why nothing would."""

    row: Any
    effects: Effects
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be done. `effects` and `refused` are those of the first `looked_at` rows."""

    matched: int
    left_out: int
    by_workflow: tuple[OfWorkflow, ...]
    effects: Effects
    refused: int
    looked_at: int
    estimated_seconds: int
    examples: tuple[Example, ...]
    warnings: tuple[str, ...]


def preview(operation: Operation[Any], filter_: Filter, *, options: Options, per_second: float) -> Preview:
    """Look at the rows that a repair would be made of now. Raises `InvalidError` as asking for it does."""
    found = selecting.select(operation, filter_)
    looked = [_look(operation, row, options) for row in _rows(operation, found.ids[:MAX_LOOKED_AT])]
    left_out = filters.rows(filter_).exclude(operation.applies())[:MAX_COUNTED].count()
    effects = sum((each.effects for each in looked), Effects())
    return Preview(
        matched=len(found.ids),
        left_out=left_out,
        by_workflow=tuple(_by_workflow(found.by_workflow)),
        effects=effects,
        refused=sum(1 for each in looked if each.refusal),
        looked_at=len(looked),
        estimated_seconds=repairs.estimated_seconds(len(found.ids), per_second=per_second),
        examples=tuple(looked[:MAX_EXAMPLES]),
        warnings=(
            *_of_the_set(operation, filter_, matched=len(found.ids), left_out=left_out),
            *_of_effects(operation, looked, effects),
        ),
    )


def _look(operation: Operation[Any], row: Any, options: Options) -> Example:
    try:
        return Example(row, operation.look(row, options))
    except SequiturError as error:
        return Example(row, Effects(), error.detail)


def _rows(operation: Operation[Any], ids: Sequence[UUID]) -> list[Any]:
    model: QuerySet[Any] = (Run if operation.target == Target.RUN else NotificationDelivery).objects.all()
    return list(model.filter(pk__in=ids).select_related("workflow").order_by("pk"))


def _by_workflow(numbers: dict[UUID, int]) -> Iterator[OfWorkflow]:
    """The ones with most of them first."""
    names = dict(Workflow.objects.filter(pk__in=numbers).values_list("pk", "name"))
    for pk, number in sorted(numbers.items(), key=lambda each: (-each[1], names[each[0]])):
        yield OfWorkflow(pk, names[pk], number)


def _of_the_set(operation: Operation[Any], filter_: Filter, *, matched: int, left_out: int) -> Iterator[str]:
    what = f"{operation.target}s"
    if not matched:
        yield f"No {what} match: there is nothing to do."
    if left_out:
        yield f"{left_out:,} {what} meet the filter and are left out: {operation.name} is not for their status."
    missing = len(set(filter_.ids or ())) - matched - left_out
    if missing > 0:
        yield f"{missing:,} of the ids are not of {what} of this workspace that meet the rest of the filter."
    if matched > MAX_LOOKED_AT:
        yield f"The effects are those of the first {MAX_LOOKED_AT:,} of {matched:,} {what}."


def _of_effects(operation: Operation[Any], looked: Sequence[Example], effects: Effects) -> Iterator[str]:
    refusals = [each.refusal for each in looked if each.refusal]
    if refusals:
        yield f"{len(refusals):,} would be refused; the first: {refusals[0]}"
    if effects.needs_decision:
        yield f"{effects.needs_decision:,} effects may have happened already, {operation.of_doubtful}."
