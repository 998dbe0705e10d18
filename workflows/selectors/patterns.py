"""Which workflows name a pattern."""

from dataclasses import dataclass

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, Value, When

from triggers.models import Trigger
from triggers.types.pattern import KEY
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow


@dataclass(frozen=True, slots=True)
class Use:
    """A workflow that names a pattern: in the version that is active, in its draft, or in both."""

    workflow: Workflow
    is_published: bool
    is_drafted: bool


def uses(name: str, *, limit: int) -> list[Use]:
    """The first workflows of the workspace in scope, by name, that name the pattern; archived ones do no more."""
    named = Trigger.objects.filter(
        workflow=OuterRef("pk"), version=F("workflow__active_version"), type=KEY, params__pattern=name
    )
    in_draft = Q(draft__triggers__contains=[{"type": KEY, "params": {"pattern": name}}])
    rows = (
        Workflow.objects.exclude(status=WorkflowStatus.ARCHIVED)
        .annotate(
            is_published=Exists(named),
            is_drafted=Case(When(in_draft, then=Value(True)), default=Value(False), output_field=BooleanField()),
        )
        .filter(Q(is_published=True) | Q(is_drafted=True))
        .order_by("name")
        .defer("draft", "layout")
    )
    return [Use(row, row.is_published, row.is_drafted) for row in rows[:limit]]
