"""Queries of triggers for tests: published as workflows, asked at their time, and what they sent."""

from typing import Any

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.models import Event, QueryWatch
from triggers.services import query_watching
from workflows.models import Workflow
from workflows.services import workflows

Json = dict[str, Any]
HOUR = "received_at > now() - interval '1 hour'"
FAILING = (
    "SELECT data->>'user' AS user, count(*) AS failures FROM events "
    f"WHERE type = 'login.failed' AND {HOUR} GROUP BY 1 HAVING count(*) >= 2 ORDER BY 1"
)
USERS = f"SELECT DISTINCT data->>'user' AS user FROM events WHERE type = 'login.failed' AND {HOUR} ORDER BY 1"
SAY = factories.log_event("{{ user }} failed {{ failures }} times")


def watching(workspace: Workspace, query: str = FAILING, *, name: str = "Guard", **params: Any) -> QueryWatch:
    trigger = {"type": "sql", "params": {"query": query, **params}}
    workflow = factories.published(workspace, factories.definition(SAY, name=name, triggers=[trigger]))
    with tenancy.scope(workspace.pk):
        return QueryWatch.objects.get(trigger__workflow=workflow)


def reread(row: QueryWatch) -> QueryWatch:
    with tenancy.scope(row.workspace_id):
        return QueryWatch.objects.select_related("trigger__workflow").get(pk=row.pk)


def ask(row: QueryWatch) -> int:
    """Ask it as if its time had come. What it finds is of now."""
    row = reread(row)
    return query_watching.ask(row.pk, now=row.next_run_at)


def error(row: QueryWatch) -> Json:
    found = reread(row).error
    assert found is not None
    return dict(found)


def failed(workspace: Workspace, *users: str) -> None:
    for user in users:
        factories.event(workspace, "login.failed", user=user)


def forget(workspace: Workspace, user: str) -> None:
    """As if the events of a user had left the window."""
    with tenancy.scope(workspace.pk):
        Event.objects.filter(data__user=user, type="login.failed").delete()


def sent(workspace: Workspace) -> list[Event]:
    with tenancy.scope(workspace.pk):
        return list(Event.objects.filter(type="sql.matched").order_by("id"))


def users(workspace: Workspace) -> list[str]:
    return [event.data["user"] for event in sent(workspace)]


def publish(workflow: Workflow, **trigger: Any) -> None:
    """Publish the workflow with this trigger in the place of its own."""
    definition = factories.definition(SAY, name=workflow.name, triggers=[trigger])
    with tenancy.scope(workflow.workspace_id):
        workflows.publish(workflows.update(workflow, definition), published_by="test")
