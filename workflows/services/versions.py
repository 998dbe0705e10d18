"""Published definitions, parsed once per process: a version never changes, so neither does what is cached of it."""

from functools import lru_cache
from uuid import UUID

from workflows.definitions.document import Definition
from workflows.engine.planner import PlannedAction
from workflows.models import WorkflowVersion

CACHED = 1024


@lru_cache(maxsize=CACHED)
def load(version_id: UUID) -> Definition:
    """The definition of a version of the workspace in scope (the id comes from a row of that workspace)."""
    row = WorkflowVersion.objects.only("definition").get(pk=version_id)
    return Definition.model_validate(row.definition)


@lru_cache(maxsize=CACHED)
def plan(version_id: UUID) -> tuple[PlannedAction, ...]:
    """As much of a version as the planner needs."""
    return tuple(PlannedAction(part.id, allow_failure=part.allow_failure) for part in load(version_id).actions)
