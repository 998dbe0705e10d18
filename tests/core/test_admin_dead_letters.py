"""Dead letters in the admin: tried again and discarded, once a reason is given."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from core import tenancy
from core.models import AuditEntry, DeadLetter, Role, Workspace
from core.services import workspaces
from tests import factories
from triggers.models import Event
from triggers.services import failures

pytestmark = pytest.mark.django_db

LIST = reverse("admin:core_deadletter_changelist")


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture
def letter(workspace: Workspace) -> DeadLetter:
    event = factories.event(workspace)
    failures.give_up(event.pk, code="worker_lost", message="It ended its worker.")
    with tenancy.scope(workspace.pk):
        return DeadLetter.objects.get()


def act(client: Client, letter: DeadLetter, name: str, **more: str) -> str:
    answer: Any = client.post(LIST, {"action": name, "_selected_action": str(letter.pk), **more}, follow=True)
    return str(answer.content.decode())


def now(letter: DeadLetter) -> tuple[str, str, str]:
    with tenancy.unscoped("the test looks"):
        letter.refresh_from_db()
    return letter.status, letter.resolved_by, letter.reason


def test_one_is_tried_again_once_a_reason_is_given(operator: Client, letter: DeadLetter) -> None:
    assert "It ended its worker." in act(operator, letter, "redrive")
    assert "This field is required." in act(operator, letter, "redrive", confirmed="yes")
    assert now(letter) == ("open", "", "")

    act(operator, letter, "redrive", confirmed="yes", reason="more memory")

    assert now(letter) == ("redriven", "user operator", "more memory")
    with tenancy.unscoped("the test looks"):
        assert Event.objects.get().dead_at is None
        [entry] = AuditEntry.objects.filter(target="dead_letter")
    assert (entry.action, entry.actor, entry.reason) == ("dead_letter.redriven", "user operator", "more memory")


def test_one_is_discarded_once_a_reason_is_given_and_not_tried_again_after_that(
    operator: Client, letter: DeadLetter
) -> None:
    assert "This field is required." in act(operator, letter, "discard", confirmed="yes")
    act(operator, letter, "discard", confirmed="yes", reason="a test order")
    assert now(letter) == ("discarded", "user operator", "a test order")

    said = act(operator, letter, "redrive", confirmed="yes", reason="again")

    assert "The letter was discarded" in said
    assert now(letter) == ("discarded", "user operator", "a test order")


def test_more_than_a_page_is_refused_and_told_how_it_is_done_at_a_pace(
    operator: Client, letter: DeadLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.admin_dead_letters.MAX_ROWS", 0)

    said = act(operator, letter, "redrive", confirmed="yes", reason="all of them")

    assert "nothing was done. Many are tried again by filter" in said
    assert now(letter) == ("open", "", "")


@pytest.mark.parametrize(("role", "status"), [("viewer", "open"), ("operator", "discarded")])
def test_who_may_only_look_changes_nothing(
    client: Client, workspace: Workspace, letter: DeadLetter, role: str, status: str
) -> None:
    user = User.objects.create_user("ann", is_staff=True)
    workspaces.add_member(workspace, user=user, role=Role(role))
    client.force_login(user)

    act(client, letter, "discard", confirmed="yes", reason="enough")

    assert now(letter)[0] == status
