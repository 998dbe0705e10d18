import pytest

from core.models import Workspace
from tests.workflows.services.flow.conftest import NOON, Ask, limited, verdicts
from workflows.models import FlowState

pytestmark = pytest.mark.django_db

TWO = {"limit": 2, "per_seconds": 60}
BY_NAME = {**TWO, "key": "{{ event.data.name }}"}


def test_what_is_over_the_rate_is_dropped_and_says_until_when(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, rate_limit=BY_NAME)

    *let_in, dropped = ask(workflow, 2.5, *[{"name": "acme"}] * 3)

    assert verdicts(let_in) == ["fired", "fired"]
    assert (dropped.verdict, dropped.code, dropped.reason, dropped.until) == (
        "suppressed",
        "rate_limit",
        "rate limit 2/60s for 'acme': the next may start at 12:01:03Z",
        NOON.replace(minute=1, second=2, microsecond=500_000),
    )


def test_a_place_is_free_again_at_the_very_end_of_the_window(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, rate_limit=TWO)
    ask(workflow, 0, {})
    ask(workflow, 30, {})

    assert verdicts(ask(workflow, 59.999999)) == ["rate_limit"]
    assert verdicts(ask(workflow, 60, {}, {})) == ["fired", "rate_limit"]
    assert verdicts(ask(workflow, 90, {}, {})) == ["fired", "rate_limit"]


def test_what_is_dropped_takes_no_place(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, rate_limit=TWO)
    ask(workflow, 0, {}, {}, {}, {})

    assert verdicts(ask(workflow, 60, {}, {})) == ["fired", "fired"]


def test_keys_are_counted_apart(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, rate_limit={**BY_NAME, "limit": 1})

    answers = ask(workflow, 0, {"name": "a"}, {"name": "b"}, {"name": "a"}, {"name": 1}, {"name": [1]}, {"name": [1]})

    assert verdicts(answers) == ["fired", "fired", "rate_limit", "fired", "fired", "rate_limit"]


def test_a_key_that_cannot_be_read_fails_and_says_so(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, rate_limit=BY_NAME)

    [answer] = ask(workflow, 0, {})

    assert (answer.verdict, answer.code) == ("failed", "key")
    assert answer.reason.startswith("a key of flow control: ")


def test_what_one_control_refuses_the_others_do_not_count(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, rate_limit={"limit": 1, "per_seconds": 60}, cooldown_seconds=10)
    ask(workflow, 0)

    assert verdicts(ask(workflow, 20)) == ["rate_limit"]
    assert verdicts(ask(workflow, 60)) == ["fired"]


@pytest.mark.usefixtures("scope")
def test_the_state_may_be_forgotten_when_the_last_start_left_the_window(workspace: Workspace, ask: Ask) -> None:
    ask(limited(workspace, rate_limit=BY_NAME), 5, {"name": "acme"})

    row = FlowState.objects.get()
    assert (row.control, row.label, row.expires_at) == ("rate_limit", "acme", NOON.replace(minute=1, second=5))


def test_the_ceiling_of_the_workspace_holds_beside_the_workflows_own_rate(workspace: Workspace, ask: Ask) -> None:
    workflow = limited(workspace, rate_limit={**BY_NAME, "limit": 2})
    workspace.flow = {"ceilings": {"rate_limit": {"limit": 3, "per_seconds": 10}}}
    workspace.save()

    answers = ask(workflow, 0, *[{"name": name} for name in "aaabbc"])

    assert verdicts(answers) == ["fired", "fired", "rate_limit", "fired", "rate_limit", "rate_limit"]
    assert answers[2].reason == "rate limit 2/60s for 'a': the next may start at 12:01:00Z"
    assert answers[5].reason == "rate limit 3/10s of the workspace for each workflow: the next may start at 12:00:10Z"
