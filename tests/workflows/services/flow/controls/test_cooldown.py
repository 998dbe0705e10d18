from datetime import timedelta

import pytest

from core.models import Workspace
from tests.workflows.services.flow.conftest import NOON, Ask, limited, verdicts

pytestmark = pytest.mark.django_db


def test_after_a_start_nothing_starts_until_the_cooldown_is_over(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, cooldown_seconds=60)
    ask(workflow, 0)

    [held] = ask(workflow, 59.999999)

    assert (held.verdict, held.code, held.reason) == ("suppressed", "cooldown", "cooldown until 12:01:00Z")
    assert held.until == NOON + timedelta(seconds=60)
    assert verdicts(ask(workflow, 60, {}, {})) == ["fired", "cooldown"]


def test_each_key_cools_down_by_itself(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, cooldown_seconds=86_400, cooldown_key="{{ event.data.name }}")

    answers = ask(workflow, 0, {"name": "a"}, {"name": "b"}, {"name": "a"})

    assert verdicts(answers) == ["fired", "fired", "cooldown"]
    assert answers[2].reason == "cooldown until 2026-03-02 12:00:00Z for 'a'"


def test_what_was_held_back_does_not_make_it_longer(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, cooldown_seconds=60)
    for seconds in (0, 30, 59):
        ask(workflow, seconds)

    assert verdicts(ask(workflow, 60)) == ["fired"]
