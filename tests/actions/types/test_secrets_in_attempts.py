"""No secret of a connection is in what is kept of a try, whether the other side repeats it or not."""

from typing import Any

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from actions.services import connections
from core import tenancy
from core.models import Workspace
from tests import factories, runner
from triggers.services import matching
from workflows.models import ActionAttempt, ActionRun, Run

CANARY = "canary-s3cr3t-t0k3n"
SID = "AC" + "0" * 32
CASES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("twilio", {"account_sid": SID, "from_number": "+15005550006"}, {"auth_token": CANARY},
     {"type": "send_sms", "params": {"to": "+31612345678", "text": "x"}}),
    ("slack", {"channel": "#a"}, {"bot_token": CANARY}, {"type": "send_slack_message", "params": {"text": "x"}}),
    ("ntfy", {}, {"token": CANARY},
     {"type": "send_notification", "params": {"recipient": "a", "notification_type": "push", "message": "x"}}),
    ("resend", {"from_address": "a@example.com"}, {"api_key": CANARY},
     {"type": "send_email", "params": {"to": "b@example.com", "subject": "x", "text": "x", "connection": "resend"}}),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(("kind", "fields", "secrets", "action"), CASES, ids=[case[0] for case in CASES])
def test_no_secret_is_in_an_attempt(
    workspace: Workspace, httpserver: HTTPServer, settings: Settings, kind: str, fields: dict[str, Any],
    secrets: dict[str, Any], action: dict[str, Any], status: int,
) -> None:  # fmt: skip
    settings.SEQUITUR_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    httpserver.expect_request("/", method="POST").respond_with_json({"ok": True, "said": CANARY}, status=status)
    for path in (f"/2010-04-01/Accounts/{SID}/Messages.json", "/api/chat.postMessage", "/emails"):
        httpserver.expect_request(path).respond_with_json({"ok": True, "said": CANARY}, status=status)
    with tenancy.scope(workspace.pk):
        connections.create(
            name=kind, kind=kind, settings_={**fields, "base_url": httpserver.url_for("")}, secrets=secrets
        )
    factories.published(workspace, factories.definition(action))

    event = factories.event(workspace)
    matching.match(event.pk)

    with tenancy.scope(workspace.pk):
        done = runner.finish(Run.objects.get(event=event))
        kept = [str(row) for model in (ActionAttempt, ActionRun) for row in model.objects.values()]
    assert done.status == ("completed" if status == 200 else "failed")
    assert len(httpserver.log) == 1
    assert CANARY not in "".join(kept)
