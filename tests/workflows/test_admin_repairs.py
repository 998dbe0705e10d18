"""Repairs in the operators' admin: how far they are, and what is done about them once it is confirmed."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from core.models import Workspace
from tests.workflows.services.bulk.doing import audited, requested, steps, waiting_runs
from workflows.models import Repair

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

LIST = reverse("admin:workflows_repair_changelist")


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture
def repair(workspace: Workspace) -> Repair:
    waiting_runs(workspace, 4)
    return requested(expected=4)


def act(client: Client, repair: Repair, name: str, **more: str) -> Any:
    return client.post(LIST, {"action": name, "_selected_action": str(repair.pk), **more}, follow=True)


def test_how_far_it_is_is_a_bar(operator: Client, repair: Repair) -> None:
    steps(repair, 1)

    shown = operator.get(LIST).content.decode()

    assert '<progress max="4" value="1"></progress> 1 of 4 (25 %), until about' in shown


def test_it_is_paused_and_resumed_once_that_is_confirmed(operator: Client, repair: Repair) -> None:
    page = act(operator, repair, "pause").content.decode()
    repair.refresh_from_db()
    assert ("4 are left" in page, repair.status) == (True, "pending")

    act(operator, repair, "pause", confirmed="yes", comment="lunch")
    repair.refresh_from_db()
    assert (repair.status, repair.status_reason) == ("paused", "lunch")
    assert [(entry.actor, entry.reason) for entry in audited("repair.paused")] == [("user operator", "lunch")]

    act(operator, repair, "resume", confirmed="yes")
    repair.refresh_from_db()
    assert repair.status == "pending"


def test_what_is_over_is_told_and_not_cancelled(operator: Client, repair: Repair) -> None:
    steps(repair)

    page = act(operator, repair, "cancel", confirmed="yes").content.decode()

    repair.refresh_from_db()
    assert "The repair is completed; there is nothing to cancel." in page
    assert repair.status == "completed"


def test_who_may_only_look_may_not_act(client: Client, repair: Repair) -> None:
    client.force_login(User.objects.create_user("viewer", is_staff=True))

    act(client, repair, "cancel", confirmed="yes")

    repair.refresh_from_db()
    assert repair.status == "pending"
