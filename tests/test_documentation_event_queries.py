"""The examples of docs/event-queries.md, run as they stand there."""

import json
import re

from pytest_django.live_server_helper import LiveServer

from core.models import Workspace
from tests import factories
from tests.documentation import blocks, page, run
from tests.triggers.services.querying.conftest import events
from triggers.engine.sql import allowed
from triggers.services.querying import role, running

__all__ = ("events",)

TEXT = page("docs/event-queries.md")
JSON, CSV, _OPERATORS = blocks(TEXT, "sh")
[ANSWER] = blocks(TEXT, "json")


def test_the_commands_give_what_the_page_shows(events: Workspace, live_server: LiveServer) -> None:
    factories.event(events, "order.placed")  # with another subject
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(events)}

    told, shown = json.loads(run(JSON, environment)), json.loads(ANSWER)
    table = run(CSV, environment)

    assert told["columns"] == shown["columns"]
    assert {*told} == {*shown}
    assert told["rows"] == [["lead.created", 1, None], ["order.placed", 1, "10"]]
    assert told["warnings"] == []
    assert table.splitlines()[0] == "id,type,data"
    assert len(table.splitlines()) == 6


def test_columns_words_and_numbers_are_those_of_the_code() -> None:
    named = {name for row in re.findall(r"^\| (`[a-z_`, ]+) \| (?:text|jsonb|timestamptz)", TEXT, flags=re.MULTILINE)
             for name in re.findall(r"`(\w+)`", row)}  # fmt: skip

    assert named == {*allowed.COLUMNS}
    assert f"{running.MAX_ROWS:,} rows" in TEXT
    assert f"{allowed.MAX_SQL_CHARACTERS:,} characters" in TEXT
    assert f"{allowed.MAX_RELATIONS} relations" in TEXT
    assert f"{role.TIMEOUT_SECONDS} seconds" in TEXT
    assert f"{running.AT_ONCE} at once, {running.PER_MINUTE} in a minute" in TEXT
    assert f"{role.CONNECTIONS} at once" in TEXT
