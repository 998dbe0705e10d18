"""The examples of docs/messages.md, and the filters of docs/definition.md, run as they stand there."""

import json
import re
from datetime import UTC, datetime

import pytest
from pytest_django.live_server_helper import LiveServer

from actions import inbox
from actions.channels.registry import channels
from actions.connections.registry import connection_types
from actions.inbox import Letter
from actions.models import InboxItem
from actions.services import message_templates
from actions.services.message_templates import Draft
from core import tenancy
from core.expressions import scope, templates
from core.expressions.templates.filters import FILTERS
from core.models import Workspace
from tests import factories, runner
from tests.actions import conftest as of_actions
from tests.actions.mail_server import Inbox
from tests.documentation import blocks, chapter, page, parsed, run
from triggers.services import matching
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known
from workflows.models import Run

mailbox = of_actions.inbox
TEXT = page("docs/messages.md")
DEFINITION = page("docs/definition.md")
TEMPLATES, INBOX = blocks(TEXT, "sh")
PAID, EVERY_WAY = blocks(TEXT, "yaml")
ROWS = re.findall(r"^\| `(\{\{.*\}\})` \| `(.*)` \|$", DEFINITION, flags=re.MULTILINE)
DATA = {"name": "Ada Lovelace", "html": "<b>", "empty": "", "tags": ["a", "b"], "amount": "1234.5"}


@pytest.mark.django_db(transaction=True)
def test_a_template_is_written_and_previewed_by_its_commands(workspace: Workspace, live_server: LiveServer) -> None:
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    _, made, shown = run(TEMPLATES.replace("curl -sS", "echo; curl -sS"), environment).split("\n")

    assert json.loads(made)["number"] == 1
    assert json.loads(shown) == {
        "subject": "Order o-2 is paid",
        "text": "Thank you, <b>Zoe</b>\n\nYour orders (https://example.com/orders)",
        "html": '<h1>Thank you, &lt;b&gt;Zoe&lt;/b&gt;</h1><p><a href="https://example.com/orders">Your orders</a></p>',
        "problems": [],
    }


@pytest.mark.django_db(transaction=True)
def test_the_inbox_is_read_by_its_commands(workspace: Workspace, live_server: LiveServer) -> None:
    with tenancy.scope(workspace.pk):
        inbox.put(Letter(to="ops", message="x", delivery_key="k"))
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    answers = run(INBOX.replace("curl -sS", "echo; curl -sS"), environment).split("\n")[1:]

    listed, unread, read = map(json.loads, answers)
    assert (len(listed["results"]), unread, read) == (1, {"unread": 1}, {"unread": 0})


@pytest.mark.django_db
def test_the_first_example_tells_whom_it_says(workspace: Workspace, mailbox: Inbox) -> None:
    with tenancy.scope(workspace.pk):
        message_templates.create("order_paid", Draft("Order {{ order.id }} is paid", "Hi {{ order.name }}"), by="x")
    factories.published(workspace, parsed(PAID))
    order = {"id": "o-1", "name": "Ada", "email": "ada@example.com", "lines": [{"sku": "=1"}]}

    event = factories.event(workspace, "order.paid", order=order)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        done = runner.finish(Run.objects.get(event=event))
        items = [(item.message, item.link) for item in InboxItem.objects.all()]

    assert done.status == "completed"
    assert items == [("Order o-1 is paid", "/orders/o-1")]
    message = mailbox.taken[0].message
    names = [part.get_filename() for part in message.walk() if part.get_filename()]
    assert (message["Subject"], names) == ("Order o-1 is paid", ["order-o-1.csv", "order.json"])


def test_the_second_example_has_no_problems() -> None:
    assert check(shorthand.normalise(parsed(EVERY_WAY)), Known()) == []


def test_every_channel_and_its_connections_stand_in_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|", chapter(TEXT, "Channels and their connections"), re.MULTILINE)

    said = {key: set(re.findall(r"`(\w+)`", cell)) for key, cell in rows}
    assert said == {channel.key: set(channel.kinds) for channel in channels}
    assert {kind for kinds in said.values() for kind in kinds} <= set(connection_types.keys())


@pytest.mark.parametrize(("template", "gives"), ROWS)
def test_a_filter_gives_what_the_definition_says(template: str, gives: str) -> None:
    now = datetime(2026, 2, 1, tzinfo=UTC)
    names = scope.build(now=now, event={"data": {**DATA, "at": "2026-01-31T09:00:00Z"}})

    assert templates.render_structure(template.replace("\\|", "|"), names) == json.loads(gives)


def test_every_filter_has_an_example() -> None:
    shown = {name for template, _ in ROWS for name in re.findall(r"\\\| (\w+)", template)}

    assert shown == set(FILTERS.keys())
