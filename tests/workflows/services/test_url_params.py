"""A URL of an action as it is performed: what an event says stays in its place."""

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from actions.registry import action_types
from core import tenancy
from core.models import Workspace
from tests import factories, runner
from triggers.services import matching
from workflows.models import ActionAttempt, Run
from workflows.services import performing

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("value", "path", "status"),
    [
        ("a/../../admin?x=1#y", "/v1/leads/a%2F..%2F..%2Fadmin%3Fx%3D1%23y/notes", "completed"),
        ("..", None, "failed"),
    ],
)
def test_a_value_of_an_event_stays_in_its_part_of_the_path(
    workspace: Workspace, httpserver: HTTPServer, settings: Settings, value: str, path: str | None, status: str
) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    Workspace.objects.filter(pk=workspace.pk).update(variables={"crm": httpserver.url_for("/v1")})
    action = {
        "id": "note", "type": "http_request", "retry": {"max_attempts": 1},
        "params": {"url": "{{ vars.crm }}/leads/{{ event.data.ref }}/notes", "expected_status": ["2xx", "5xx"]},
    }  # fmt: skip
    factories.published(workspace, factories.definition(action))
    event = factories.event(workspace, ref=value)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        run = runner.finish(Run.objects.get(event=event))
        attempt = ActionAttempt.objects.get()

    assert run.status == status
    assert [request.environ["REQUEST_URI"] for request, _ in httpserver.log] == ([path] if path else [])
    assert (attempt.error or {}).get("code") == (None if path else "template_failed")


def test_the_urls_of_an_agents_tools_keep_values_in_their_place_too() -> None:
    tool = {"type": "http_request", "params": {"url": "{{ vars.crm }}/leads/{{ event.data.ref }}", "method": "GET"}}
    params = {"instructions": "Help.", "tools": [{"type": "log_event"}, tool]}

    found = dict(performing.urls_in(action_types.get("ai_agent"), params))

    assert found == {"/tools/1/params/url": "{{ vars.crm }}/leads/{{ event.data.ref }}"}
