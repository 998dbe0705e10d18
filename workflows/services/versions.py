"""Published definitions, read once per process: a version never changes, so neither does what is cached of it."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from core.models import Role
from workflows.definitions import plan
from workflows.definitions.document import Definition
from workflows.definitions.plan import Plan
from workflows.models import WorkflowVersion

CACHED = 1024


@dataclass(frozen=True, slots=True)
class Published:
    """A version with what runs need of it: its definition, the planner's view of that, the workflow it is of, and the
    role of who published it."""

    definition: Definition
    plan: Plan
    number: int
    workflow_id: UUID
    workflow_slug: str
    role: Role


@lru_cache(maxsize=CACHED)
def load(version_id: UUID) -> Published:
    """A version of the workspace in scope (the id comes from a row of that workspace)."""
    row = WorkflowVersion.objects.select_related("workflow").get(pk=version_id)
    definition = Definition.model_validate(row.definition)
    return Published(
        definition, plan.compile(definition), row.number, row.workflow_id, row.workflow.slug, Role(row.role)
    )
