"""The examples of docs/concurrency.md, run as they stand there, and its table by strategy."""

import json
import re

import pytest

from core.models import Workspace
from tests import factories, lanes, runner
from tests.documentation import blocks, chapter, page, parsed
from triggers.models import Decision
from triggers.services import matching
from workflows.api.run_shapes import HeldResponse
from workflows.definitions.flow import OnLimit
from workflows.models import Run

TEXT = page("docs/concurrency.md")
SYNC, BUILD = map(parsed, blocks(TEXT, "yaml"))
HELD = json.loads(blocks(TEXT, "json")[0])

pytestmark = pytest.mark.django_db


def changed(workspace: Workspace, type_: str) -> None:
    matching.match(factories.event(workspace, type_, customer="acme").pk)


def test_customers_are_synced_one_after_the_other_and_the_reason_is_the_one_shown(scope: Workspace) -> None:
    factories.published(scope, SYNC)
    for _ in range(2):
        changed(scope, "customer.changed")

    runs = list(Run.objects.order_by("id"))
    assert lanes.now(runs) == ["queued", "held"]
    assert runs[1].held_reason == HELD["reason"]
    assert set(HELD) == set(HeldResponse.model_fields)
    runner.drain()
    lanes.opened()
    runner.drain()
    assert lanes.now(runs) == ["completed", "completed"]


def test_of_ten_changes_the_last_is_built(scope: Workspace) -> None:
    factories.published(scope, BUILD)
    for _ in range(10):
        changed(scope, "site.changed")

    lanes.opened()

    assert lanes.now(list(Run.objects.order_by("id"))) == ["cancelled"] * 9 + ["queued"]


def test_skip_says_what_the_table_says(scope: Workspace) -> None:
    settings = {"concurrency": {**SYNC["settings"]["concurrency"], "on_limit": "skip"}}
    factories.published(scope, {**SYNC, "settings": settings})
    for _ in range(2):
        changed(scope, "customer.changed")

    decision = Decision.objects.get()
    assert (decision.verdict, decision.code, decision.reason) == ("suppressed", "concurrency", HELD["reason"])


def test_every_strategy_stands_in_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)`", chapter(TEXT, "When as many go on as may"), flags=re.MULTILINE)

    assert set(rows) - {"on_limit"} == set(OnLimit)
