from typing import Any

import pytest
from django.contrib.auth.models import User

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult, Effects
from actions.models import InboxItem
from actions.registry import action_types
from core.models import Role, Workspace
from core.services import workspaces
from tests import factories
from tests.actions.mail_server import Inbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


def perform(params: dict[str, Any], call: ActionCall) -> ActionResult:
    action_type = action_types.get("send_notification")
    return action_type.perform(checking.validated(action_type, params), call)


def failure(params: dict[str, Any], call: ActionCall) -> ActionFailedError:
    with pytest.raises(ActionFailedError) as raised:
        perform(params, call)
    return raised.value


def member(workspace: Workspace, name: str, role: Role = Role.VIEWER) -> User:
    user: User = factories.UserFactory.create(username=name, email=f"{name}@example.com")
    workspaces.add_member(workspace, user=user, role=role)
    return user


def told() -> list[str | None]:
    rows = InboxItem.objects.select_related("user").order_by("user__username")
    return [row.user.username if row.user else None for row in rows]


def test_the_notification_of_the_requirement_works_as_it_stands(workspace: Workspace, call: ActionCall) -> None:
    owner = member(workspace, "zoe")
    params = {
        "recipient": "Zoe@Example.com",
        "message": "New qualified lead: Acme",
        "notification_type": "in_app",
        "link": "/leads/7",
    }

    result = perform(params, call)

    item = InboxItem.objects.get()
    assert (item.user, item.message, item.title, item.link, item.read_at) == (
        owner, "New qualified lead: Acme", "New qualified lead: Acme", "/leads/7", None,
    )  # fmt: skip
    assert result.output == {"id": str(item.pk), "recipient": "Zoe@Example.com", "notification_type": "in_app"}
    assert result.usage == {"notifications_sent": 1}


def test_with_only_a_message_the_operators_are_told(workspace: Workspace, call: ActionCall) -> None:
    for name, role in (("vic", Role.VIEWER), ("oli", Role.OPERATOR), ("edi", Role.EDITOR), ("ada", Role.ADMIN)):
        member(workspace, name, role)

    perform({"message": "Goal detected and clipped automatically"}, call)

    assert told() == ["ada", "edi", "oli"]


@pytest.mark.parametrize(
    ("recipient", "names"),
    [("role:admin", ["ada"]), ("admins", ["ada"]), ("role:viewer", ["ada", "oli"]), ("Ops", ["ada", "oli"]),
     ("everyone", ["ada", "oli"]), ("oli", ["oli"])],
)  # fmt: skip
def test_words_and_roles_mean_members(workspace: Workspace, call: ActionCall, recipient: str, names: list[str]) -> None:
    member(workspace, "oli", Role.OPERATOR)
    member(workspace, "ada", Role.ADMIN)

    perform({"recipient": recipient, "message": "x"}, call)

    assert told() == names


def test_where_nobody_is_a_member_the_workspace_is_told(call: ActionCall) -> None:
    perform({"message": "x"}, call)

    assert told() == [None]


def test_every_attempt_is_the_same_message(workspace: Workspace, call: ActionCall) -> None:
    member(workspace, "ada", Role.ADMIN)

    outputs = [perform({"message": message}, call).output for message in ("x", "y")]

    assert outputs[0] == outputs[1]
    assert [row.message for row in InboxItem.objects.all()] == ["x"]


def test_a_stranger_and_a_member_of_another_workspace_are_unknown(other_workspace: Workspace, call: ActionCall) -> None:
    member(other_workspace, "eve", Role.ADMIN)

    errors = [failure({"recipient": name, "message": "x"}, call) for name in ("eve", "eve@example.com", "nobody")]

    assert [(error.code, error.is_retryable) for error in errors] == [("unknown_recipient", False)] * 3
    assert InboxItem.objects.count() == 0


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "//evil.example",
        "/\\evil.example",
        "data:text/html,x",
        "java\nscript:x",
        "leads/7",
        "http:///x",
    ],
)
def test_a_link_leads_to_the_web_or_into_the_site(call: ActionCall, link: str) -> None:
    assert failure({"message": "x", "link": link}, call).code == "invalid_parameters"


@pytest.mark.parametrize("params", [{"recipient": "role:king"}, {"recipient": " "}, {"recipient": "a\nb"}])
def test_what_can_be_nobody_is_refused(call: ActionCall, params: dict[str, Any]) -> None:
    assert failure({"message": "x", **params}, call).code == "invalid_recipient"


def test_by_email_it_goes_to_the_address(inbox: Inbox, call: ActionCall) -> None:
    params = {"recipient": "zoe@example.com", "message": "Hello\nyou", "notification_type": "email", "link": "/x"}

    result = perform(params, call)

    assert inbox.taken[0].recipients == ["zoe@example.com"]
    assert inbox.taken[0].message["Subject"] == "Hello you"
    assert result.output["notification_type"] == "email"


@pytest.mark.parametrize(("way", "recipient"), [("email", "ops"), ("sms", "0612"), ("push", "a b")])
def test_the_recipient_is_one_of_the_way(call: ActionCall, way: str, recipient: str) -> None:
    assert failure({"recipient": recipient, "message": "x", "notification_type": way}, call).code == "invalid_recipient"
    assert failure({"message": "x", "notification_type": way}, call).code == "invalid_parameters"


def test_only_an_inbox_recognises_what_comes_twice() -> None:
    effects_of = action_types.get("send_notification").effects_of

    assert effects_of({}) is Effects.KEYED
    assert effects_of({"notification_type": "in_app"}) is Effects.KEYED
    assert effects_of({"notification_type": "sms"}) is Effects.ONCE
    assert effects_of({"notification_type": "{{ how }}"}) is Effects.ONCE
