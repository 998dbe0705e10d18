"""`find_records`: read records of the project for which filters hold."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.entities import checking, filters, rows, values
from actions.entities.checking import EntityParams
from actions.entities.entity import Actor
from actions.entities.once import reading
from actions.entities.registry import find
from actions.registry import register
from core import pointers
from core.errors import Problem

MAX_RECORDS = 500


class FindRecordsParams(EntityParams):
    """Which, in which order, and how many."""

    filters: dict[str, Any] = Field({}, description="Fields with values, or lookups: {created_at__gte: 2026-01-01}.")
    order_by: str = Field("", max_length=100, description="A field; with - in front, from the largest to the smallest.")
    limit: int = Field(50, ge=1, le=MAX_RECORDS, description="The most that are returned.")
    fields: list[str] = Field([], max_length=100, description="The fields to return; by default all.")


class FindRecordsOutput(BaseModel):
    """What was found."""

    records: list[dict[str, Any]] = Field(description="Their fields that may be read; masked ones are `***`.")
    count: int = Field(description="How many are in `records`.")
    has_more: bool = Field(description="Whether there are more than the limit.")


class FindRecords(ActionType[FindRecordsParams]):
    """One query, in the workspace of the run."""

    key = "find_records"
    title = "Find records"
    description = "Read the records for which filters hold."
    category = "records"
    icon = "search"
    effects = Effects.NONE
    params_model = FindRecordsParams
    output_model = FindRecordsOutput

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        found = [*checking.check_entity(params, path=path)]
        entity, names = checking.entity_of(params), params.get("fields")
        for index, name in enumerate(names if isinstance(names, list) else ()):
            found += checking.check_field(entity, name, path=pointers.join(path, "fields", index))
        return [*found, *filters.check(params, path=path, action_type=self.key)]

    def perform(self, params: FindRecordsParams, call: ActionCall) -> ActionResult:
        entity, actor = find(params.entity_type), Actor(self.key, call.role)
        columns = [rows.attribute_of(entity, name) for name in params.fields] or None
        with reading(call):
            matching = filters.ordered(entity, filters.apply(entity, params.filters, actor), params.order_by, actor)
            found = [*matching[: params.limit + 1]]
        shown = [values.shown(entity, row, actor, columns) for row in found[: params.limit]]
        has_more = len(found) > params.limit
        return ActionResult(output={"records": shown, "count": len(shown), "has_more": has_more})


register(FindRecords())
