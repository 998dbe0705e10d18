"""Agents as actions of workflows: their names in other products, and what follows a crash in the middle of one."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.services import matching
from workflows.definitions import react_flow, shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known
from workflows.models import ActionRun, Run
from workflows.services import claims, recovery

NOTE = {"type": "log_event", "params": {"message": "x"}}
MAIL = {"type": "send_email", "params": {"to": "ops@example.com", "subject": "Hi"}, "allow_once": True}


def agent(*tools: dict[str, Any]) -> dict[str, Any]:
    return {"id": "agent", "type": "ai_agent", "params": {"instructions": "Help.", "tools": list(tools)}}


@pytest.mark.parametrize(
    ("type_", "params"),
    [
        ("ai-agent", {"instructions": "Say whether this is a hot lead.", "input": "{{ text }}"}),
        ("ai", {"prompt": "Sum up.", "input": "{{ text }}"}),
    ],
)
def test_nodes_of_other_products_are_understood(type_: str, params: dict[str, Any]) -> None:
    nodes = [
        {"id": "t", "type": "trigger", "data": {"type": "lead.created"}},
        {"id": "node_1", "type": type_, "data": {"label": "Rate", "params": params}},
    ]

    definition = react_flow.from_graph({"name": "Rate", "nodes": nodes, "edges": [{"source": "t", "target": "node_1"}]})

    assert definition["actions"] == [{"id": "node_1", "type": type_, "params": params, "title": "Rate"}]
    assert check(shorthand.normalise(definition), Known()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("tools", "status"), [([NOTE], "queued"), ([NOTE, MAIL], "needs_decision")])
def test_after_a_crash_an_agent_is_tried_again_unless_something_may_have_happened_once(
    workspace: Workspace, tools: list[dict[str, Any]], status: str
) -> None:
    factories.published(workspace, factories.definition(agent(*tools)))
    matching.match(factories.event(workspace).pk)
    with tenancy.scope(workspace.pk):
        row = ActionRun.objects.get()
        assert claims.claim(row.pk) is not None
        ActionRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    recovery.reap()

    with tenancy.scope(workspace.pk):
        row.refresh_from_db()
        assert row.status == status
        assert Run.objects.get().usage == {}
