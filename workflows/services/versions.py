"""Published definitions, read once per process: a version never changes, so neither does what is cached of it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from core.errors import InvalidError
from core.models import Role
from triggers import resolving
from workflows.definitions import plan
from workflows.definitions.document import Definition
from workflows.definitions.flow import OnLimit
from workflows.definitions.plan import Plan
from workflows.models import WorkflowVersion

CACHED = 1024


@dataclass(frozen=True, slots=True)
class Published:
    """A version with what runs need of it: its definition, the planner's view of that, the workflow it is of, and the
    role of who published it.

    `overlaps`: what becomes of a time of a schedule while the run of the one before goes on, by the trigger's key, for
    those whose runs wait for each other.
    """

    definition: Definition
    plan: Plan
    number: int
    workflow_id: UUID
    workflow_slug: str
    role: Role
    overlaps: Mapping[str, OnLimit] = field(default_factory=dict)


@lru_cache(maxsize=CACHED)
def load(version_id: UUID) -> Published:
    """A version of the workspace in scope (the id comes from a row of that workspace)."""
    row = WorkflowVersion.objects.select_related("workflow").get(pk=version_id)
    definition = Definition.model_validate(row.definition)
    return Published(
        definition,
        plan.compile(definition),
        row.number,
        row.workflow_id,
        row.workflow.slug,
        Role(row.role),
        _overlaps(definition),
    )


def _overlaps(definition: Definition) -> dict[str, OnLimit]:
    found = {}
    for part in definition.triggers:
        if "overlap" in part.params:
            with suppress(InvalidError):  # of a type that is not installed here any more
                word = getattr(resolving.resolve(part.type, part.params).params, "overlap", None)
                if word in {OnLimit.QUEUE, OnLimit.CANCEL_RUNNING}:  # `skip` is decided when the time comes
                    found[part.id] = OnLimit(word)
    return found
