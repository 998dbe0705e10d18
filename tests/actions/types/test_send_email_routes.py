"""`send_email` with files, names, message templates of the workspace, and servers of its own."""

from typing import Any

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.registry import action_types
from actions.services import message_templates
from actions.services.message_templates import Draft
from core.models import Workspace
from tests.actions import opening
from tests.actions.mail_server import Inbox

HELLO = {"to": "zoe@example.com", "subject": "Hello", "text": "How are you?"}
CANARY = "canary-p4ssw0rd"


def perform(params: dict[str, Any], call: ActionCall) -> ActionResult:
    action_type = action_types.get("send_email")
    return action_type.perform(checking.validated(action_type, params), call)


def failure(params: dict[str, Any], call: ActionCall) -> ActionFailedError:
    with pytest.raises(ActionFailedError) as raised:
        perform(params, call)
    return raised.value


def through_smtp(call: ActionCall, port: int, **changes: Any) -> ActionCall:
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "from_address": "shop@example.org", **changes}
    return opening.having(call, "smtp", settings=settings, secrets={"password": CANARY})


def test_files_go_with_it_and_the_attempt_says_which(inbox: Inbox, call: ActionCall) -> None:
    files = [{"filename": "../a.csv", "csv": [{"name": "=1+1"}]}, {"filename": "b.json", "json": {"a": 1}}]

    result = perform({**HELLO, "attachments": files, "from_name": "The shop"}, call)

    message = inbox.taken[0].message
    found = {part.get_filename(): part.get_payload(decode=True) for part in message.walk() if part.get_filename()}
    assert found == {"a.csv": b"name\r\n'=1+1\r\n", "b.json": b'{"a":1}'}
    assert message["From"] == "The shop <robot@example.com>"
    assert result.request is not None
    assert result.request["attachments"][0] == {"filename": "a.csv", "content_type": "text/csv", "bytes": 13}


@pytest.mark.parametrize("name", ["a\r\nBcc: x@y.zz", "A <x@y.zz>", "a, b", "x" * 101])
def test_a_name_of_the_sender_is_no_header(inbox: Inbox, call: ActionCall, name: str) -> None:
    assert failure({**HELLO, "from_name": name}, call).code == "invalid_parameters"


@pytest.mark.usefixtures("scope")
def test_a_template_of_the_workspace_brings_html_and_escapes_values(inbox: Inbox, call: ActionCall) -> None:
    draft = Draft("Hi {{ name }}", html="<h1>Hi {{ name }}</h1>")
    message_templates.create("hello", draft, by="test")
    variables = {"name": "<script>alert(1)</script>\nBcc: x@y.zz"}

    perform({"to": "zoe@example.com", "template": "hello", "variables": variables}, call)

    message = inbox.taken[0].message
    _, plain, html = (part.get_payload(decode=True) for part in message.walk())
    assert message["Bcc"] is None
    assert html == b"<h1>Hi &lt;script&gt;alert(1)&lt;/script&gt;\r\nBcc: x@y.zz</h1>"
    assert isinstance(plain, bytes)
    assert plain.strip() == b"Hi <script>alert(1)</script> Bcc: x@y.zz"


@pytest.mark.usefixtures("scope")
def test_a_template_that_is_not_there_is_told_when_it_is_published(call: ActionCall) -> None:
    message_templates.create("hello", Draft("x", "y"), by="test")
    action_type = action_types.get("send_email")

    found = {
        name: checking.check_params(action_type, {"to": "a@example.com", "template": name}, path="/params")
        for name in ("hello", "welcome_email", "{{ which }}", "helo")
    }

    assert [name for name, problems in found.items() if not problems] == ["hello", "welcome_email", "{{ which }}"]
    (problem,) = found["helo"]
    assert (problem.path, problem.code) == ("/params/template", "unknown_template")
    assert "there are action_completed, action_failed, approval_request, hello, welcome_email" in problem.message


def test_a_template_that_is_gone_is_a_failure(call: ActionCall) -> None:
    error = failure({"to": "a@example.com", "template": "nope"}, call)

    assert (error.code, error.is_retryable) == ("unknown_template", False)


@pytest.mark.usefixtures("scope", "workspace")
def test_templates_of_another_workspace_are_not_there(other_workspace: Workspace, call: ActionCall) -> None:
    from core import tenancy

    with tenancy.scope(other_workspace.pk):
        message_templates.create("theirs", Draft("x", "y"), by="test")

    assert failure({"to": "a@example.com", "template": "theirs"}, call).code == "unknown_template"


@pytest.mark.usefixtures("loopback_is_allowed")
def test_a_server_of_the_workspace_sends_as_itself(inbox: Inbox, call: ActionCall, settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.invalid"

    result = perform({**HELLO, "connection": "my_smtp"}, through_smtp(call, inbox.port))

    assert inbox.taken[0].message["From"] == "shop@example.org"
    assert CANARY not in str(result)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "2130706433"])
def test_a_private_mail_server_is_not_connected_to(
    inbox: Inbox, call: ActionCall, settings: Settings, host: str
) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = []
    error = failure({**HELLO, "connection": "my_smtp"}, through_smtp(call, inbox.port, host=host))

    assert (error.code, error.is_retryable) == ("address_refused", False)
    assert inbox.taken == []


@pytest.mark.usefixtures("loopback_is_allowed")
def test_a_server_without_starttls_is_not_told_the_password(inbox: Inbox, call: ActionCall) -> None:
    wanted = {"security": "starttls", "username": "shop"}

    error = failure({**HELLO, "connection": "my_smtp"}, through_smtp(call, inbox.port, **wanted))

    assert (error.code, error.is_retryable) == ("smtp_refused", False)
    assert CANARY not in str(error.__dict__)


@pytest.mark.usefixtures("loopback_is_allowed")
def test_a_connection_to_a_mail_server_can_be_tried(inbox: Inbox) -> None:
    settings = {"host": "127.0.0.1", "port": inbox.port, "security": "none", "from_address": "shop@example.org"}

    said = opening.tested("smtp", settings=settings, secrets={})

    assert said == "The mail server answers; messages are sent from shop@example.org."
    with pytest.raises(ActionFailedError, match="no connection to the mail server"):
        opening.tested("smtp", settings={**settings, "port": 1}, secrets={})


@pytest.mark.usefixtures("loopback_is_allowed")
def test_resend_is_told_under_the_same_key_each_time(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/emails").respond_with_json({"id": "e1"})
    settings = {"from_address": "shop@example.org", "base_url": httpserver.url_for("")}
    call = opening.having(call, "resend", settings=settings, secrets={"api_key": CANARY})
    params = {
        **HELLO,
        "html": "<p>x</p>",
        "bcc": "b@example.com",
        "attachments": [{"filename": "a.txt", "content": "a"}],
    }

    results = [perform({**params, "connection": "my_resend"}, call) for _ in range(2)]

    sent = httpserver.log[0][0]
    assert [request.headers["Idempotency-Key"] for request, _ in httpserver.log] == ["run:greet:0"] * 2
    assert sent.headers["Authorization"] == f"Bearer {CANARY}"
    assert sent.json == {
        "from": "shop@example.org",
        "to": ["zoe@example.com"],
        "bcc": ["b@example.com"],
        "subject": "Hello",
        "text": "How are you?",
        "html": "<p>x</p>",
        "headers": {"X-Sequitur-Run": str(call.run_id), "Auto-Submitted": "auto-generated"},
        "attachments": [{"filename": "a.txt", "content": "YQ==", "content_type": "text/plain"}],
    }
    assert CANARY not in str(results)


@pytest.mark.usefixtures("loopback_is_allowed")
def test_resend_may_be_tried_again(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/emails").respond_with_data("", status=500)
    settings = {"from_address": "shop@example.org", "base_url": httpserver.url_for("")}
    call = opening.having(call, "resend", settings=settings, secrets={"api_key": CANARY})

    error = failure({**HELLO, "connection": "my_resend"}, call)

    assert (error.code, error.is_retryable, error.is_outcome_unknown) == ("http_status", True, False)
