"""A crash after any statement: whoever is to be told is told of what happened, and of each thing once."""

from collections import Counter

import pytest

from core.models import Workspace
from tests import factories
from tests.workflows.flows.conftest import step
from tests.workflows.flows.test_crash_points import crash_after, doing, finish, recover, start
from tests.workflows.services.notifications.conftest import policy, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both_modes")]

TOLD = [policy(trigger) for trigger in ("ON_READY", "ON_STARTED", "ON_COMPLETED", "ON_FAILED")]
MAX_STATEMENTS = 200
STRIDE = 3


def test_a_crash_after_any_statement_tells_everything_once(workspace: Workspace, both_modes: bool) -> None:
    actions = [doing("a", notifications=TOLD), step("b", notifications=TOLD), doing("c")]
    factories.published(workspace, factories.definition(*actions, settings={"notifications": TOLD}))
    expected = {(key, policy["trigger"]): 1 for key in ("", "a", "b") for policy in TOLD[:3]}

    for number in range(int(both_modes), MAX_STATEMENTS, STRIDE):
        run = start(workspace)
        with crash_after(number) as has_crashed:
            finish(run)
        recover(run)
        finish(run)
        found = Counter((row.action_run.key if row.action_run else "", row.trigger) for row in rows(run=run))
        assert found == expected, f"after statement {number}"
        if not has_crashed():
            assert number > STRIDE
            return
    raise AssertionError("the run has more statements than are tried")
