from typing import Any

import pytest

from core import tenancy
from core.models import Workspace
from tests import hooks
from triggers.models import Event, Hook
from triggers.ports import Answer
from triggers.services import hooks as rows
from triggers.services import ingest, webhooks
from triggers.services.webhooks import RefusedError, Request

pytestmark = pytest.mark.django_db

BODY = b'{"a": 1}'


@pytest.fixture
def hook(workspace: Workspace) -> Hook:
    hook = rows.find(hooks.verified(workspace, "github").public_id)
    assert hook is not None
    return hook


def request(**changes: Any) -> Request:
    headers = {"content-type": "application/json", **hooks.github(BODY, hooks.SECRET, 0, id_="d1")}
    return Request(**{"method": "POST", "headers": headers, "query": "", "body": BODY, **changes})


def test_a_request_twice_is_one_event(workspace: Workspace, hook: Hook) -> None:
    answers = [webhooks.receive(hook, request()) for _ in range(2)]

    assert answers == [Answer(202, {"id": "d1", "duplicate": is_second}) for is_second in (False, True)]
    [event] = hooks.events(workspace)
    assert (event.event_id, event.data) == ("d1", {"a": 1})


def test_a_refusal_twice_is_two_refusals_and_no_event(workspace: Workspace, hook: Hook) -> None:
    for _ in range(2):
        with pytest.raises(RefusedError, match=r"^This request does not prove that it comes from"):
            webhooks.receive(hook, request(body=BODY + b" "))

    assert hooks.events(workspace) == []
    assert hooks.refreshed(hook).refused == 2


@pytest.mark.parametrize(("where", "stored"), [((ingest, "accept"), 0), ((rows, "count_accepted"), 1)], ids=str)
def test_after_a_crash_the_sender_sends_again_and_it_is_one_event(
    where: tuple[Any, str], stored: int, workspace: Workspace, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(*where, crash)
        with pytest.raises(RuntimeError, match="killed"):
            webhooks.receive(hook, request())
    assert len(hooks.events(workspace)) == stored

    again = webhooks.receive(hook, request())

    assert again == Answer(202, {"id": "d1", "duplicate": bool(stored)})
    assert len(hooks.events(workspace)) == 1


def test_everything_happens_in_the_workspace_of_the_hook(
    workspace: Workspace, other_workspace: Workspace, hook: Hook
) -> None:
    with tenancy.scope(other_workspace.pk):  # whatever was in scope before
        webhooks.receive(hook, request())

        assert Event.objects.count() == 0
    assert len(hooks.events(workspace)) == 1


def test_the_same_delivery_to_two_hooks_is_two_events(workspace: Workspace, hook: Hook) -> None:
    other = rows.find(
        hooks.published(workspace, name="Other", verification={"scheme": "github", "secret": "hook_key"}).public_id
    )
    assert other is not None

    for each in (hook, other):
        assert webhooks.receive(each, request()).body == {"id": "d1", "duplicate": False}

    assert {event.addressee for event in hooks.events(workspace)} == {hook.trigger_id, other.trigger_id}
