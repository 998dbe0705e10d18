"""Scripts of tests, made of what was published."""

from typing import Any

from django.utils import timezone

from core import tenancy
from core.models import Workspace
from tests import factories
from workflows.models import Run
from workflows.services import imagining, versions
from workflows.services.rehearsal.script import Script

Json = dict[str, Any]


def of_run(workspace: Workspace, run: Run, **changes: Any) -> Script:
    """A script of the version and the event of a run."""
    with tenancy.scope(workspace.pk):
        version, event = run.version, run.event
        published = versions.load(version.pk)
    known = {"event": event, "now": run.created_at, "trigger_key": run.trigger_key, **changes}
    return Script(workspace, version.definition, published, **known)


def of_actions(
    workspace: Workspace, *actions: Json, data: Json | None = None, name: str = "Greet", **changes: Any
) -> Script:
    """A script of a published workflow with these actions."""
    workflow = factories.published(workspace, factories.definition(*actions, name=name))
    with tenancy.scope(workspace.pk):
        workflow.refresh_from_db()
        version = workflow.active_version
        assert version is not None
        published = versions.load(version.pk)
        event = imagining.imagine(
            type_="lead.created", data=data or {}, workspace=workspace, now=timezone.now()
        )  # fmt: skip
    return Script(workspace, version.definition, published, **{"event": event, "now": timezone.now(), **changes})
