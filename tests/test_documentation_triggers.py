"""The examples of docs/triggers.md, run as they stand there."""

import json
import re
from itertools import chain
from typing import Any, get_args

import pytest
from pytest_django.live_server_helper import LiveServer

from core.models import Workspace
from tests import factories, hooks
from tests.documentation import blocks, page, parsed, run
from tests.workflows.services.backtesting.test_simulating import CASES
from triggers.engine.detectors.anomaly import Method
from triggers.engine.detectors.threshold import Aggregate
from triggers.services import matching
from triggers.types import absence, anomaly, crossing, sequence, sql, threshold
from workflows.api.backtest_shapes import BacktestResponse, ComparedResponse
from workflows.api.trigger_shapes import TriggerPatch
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known

TEXT = page("docs/triggers.md")
SET_UP, ADD, NAME, BACKTEST = blocks(TEXT, "sh")


def answers(printed: str) -> list[Any]:
    return [json.loads(each) for each in printed.replace("}{", "}\n{").splitlines()]


@pytest.mark.django_db(transaction=True)
def test_the_commands_do_what_the_text_says(workspace: Workspace, live_server: LiveServer) -> None:
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}
    run(SET_UP, environment)

    added, _, listed = answers(run(ADD, environment))
    named, _, patterns = answers(run(NAME, environment))
    events = [factories.event(workspace, "order.created", total=total) for total in (60, 100, 5000)]
    matching.match_many([event.pk for event in events])
    hooks.work(workspace)
    [tried] = answers(run(BACKTEST, environment))

    assert (added["key"], added["is_published"]) == ("t2", False)
    assert [(row["key"], row["is_active"]) for row in listed["results"]] == [("t2", True)]
    assert [row["name"] for row in patterns["results"]] == [named["name"]] == ["Big order"]
    assert (tried["events_seen"], tried["fired"], tried["held_by"]) == (3, 1, {"cooldown": 2})
    compared = tried["compared"]
    assert (compared["same"], compared["would_fire_and_did_not"]["count"]) == (0, 1)
    assert compared["fired_and_would_not"]["count"] == 2


def test_the_definitions_can_be_published() -> None:
    known = Known(patterns=lambda: {"Big order": ("order.created",)})

    assert [*chain(*(check(shorthand.normalise(parsed(text)), known) for text in blocks(TEXT, "yaml")))] == []


def test_every_parameter_of_triggers_that_count_is_explained() -> None:
    words = set(re.findall(r"`(\w+)`", TEXT))

    explained = (threshold, crossing, anomaly, sequence, absence, sql)
    assert {name for each in explained for name in each.Params.model_fields} <= words
    assert {*get_args(Aggregate), *get_args(Method)} <= words


def test_every_member_that_can_be_changed_and_every_member_of_an_answer_is_explained() -> None:
    words = set(re.findall(r"`(?:compared\.)?(\w+)`", TEXT))

    assert set(TriggerPatch.model_fields) <= words
    assert set(BacktestResponse.model_fields) | set(ComparedResponse.model_fields) <= words | {
        "compared",
        "active_version",
    }


def test_what_is_said_to_be_simulated_is_tested() -> None:
    simulated = TEXT.partition("Simulated, by")[2].partition("Not simulated")[0]
    tested = {name for settings, *_ in CASES for name in settings}

    assert set(re.findall(r"`(\w+)`", simulated)) <= tested
