"""The page of a run with its picture and its buttons, the cards of the first page, and editors' actions."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from core import tenancy
from core.models import Heartbeat, Role, Workspace
from core.services import heartbeats
from tests import factories, runner
from tests.test_admin import page
from tests.test_admin_roles import member
from tests.workflows.asking import action_of, asking, started
from triggers.services import matching
from workflows.models import ActionRun, Run, Workflow

pytestmark = pytest.mark.django_db

HOSTILE = '"><script>alert(1)</script>'


def failed(workspace: Workspace) -> Run:
    fails = {"id": "stop", "type": "fail", "params": {"message": HOSTILE}}
    factories.published(workspace, factories.definition(fails, name=HOSTILE))
    matching.match(factories.event(workspace).pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        return Run.objects.get(status="failed")


def offered(client: Client, row: Run | ActionRun) -> list[str]:
    return [each["name"] for each in client.get(page(type(row), "change", row.pk)).context["buttons"]]


def test_a_page_offers_what_its_row_may_have_done_to_it_and_only_to_those_who_may(workspace: Workspace) -> None:
    waiting, ended = started(workspace, asking()), failed(workspace)
    operator = member(workspace, Role.OPERATOR)
    with tenancy.scope(workspace.pk):
        stop = ActionRun.objects.select_related("run").get(run=ended)

    rows: list[Run | ActionRun] = [waiting, ended, action_of(waiting, "ask"), stop]
    found = [offered(operator, row) for row in rows]

    assert found == [
        ["cancel", "cancel_now"], ["retry", "replay"], ["approve", "reject", "leave_out"],
        ["retry", "leave_out", "replay"],
    ]  # fmt: skip
    assert [offered(member(workspace, Role.VIEWER), row) for row in rows] == [[]] * 4


def test_a_button_asks_first_and_leads_back_to_its_page(workspace: Workspace) -> None:
    run, client = started(workspace, asking()), member(workspace, Role.OPERATOR)
    form = {"action": "cancel", "_selected_action": str(run.pk), "back": str(run.pk)}

    asked = client.post(page(Run, "changelist"), form)
    with tenancy.scope(workspace.pk):
        before = Run.objects.get().status
    done = client.post(page(Run, "changelist"), {**form, "confirmed": "yes", "comment": "x"})

    assert (asked.status_code, f'name="back" value="{run.pk}"' in asked.content.decode(), before) == (
        200,
        True,
        "waiting",
    )
    assert (done.status_code, done["Location"]) == (302, page(Run, "change", run.pk))
    with tenancy.scope(workspace.pk):
        assert Run.objects.get().status == "cancelled"
    elsewhere = client.post(page(Run, "changelist"), {**form, "back": "//evil.example", "confirmed": "yes"})
    assert elsewhere["Location"] == page(Run, "changelist")


def test_the_picture_of_a_run_has_a_bar_for_each_action_in_words_too(workspace: Workspace) -> None:
    run = failed(workspace)

    text = member(workspace, Role.VIEWER).get(page(Run, "change", run.pk)).content.decode()

    assert text.count('role="img" aria-label="attempt 1 failed after') == 1
    assert '<rect class="failed"' in text
    assert HOSTILE not in text


def test_the_cards_are_of_the_workspaces_that_one_may_see(workspace: Workspace, other_workspace: Workspace) -> None:
    failed(workspace)
    started(other_workspace, asking(), name="Of others")

    text = member(workspace, Role.VIEWER).get("/admin/").content.decode()
    cards = {card.title: card for card in member(workspace, Role.VIEWER).get("/admin/").context["cards"]}

    assert [*cards] == [
        "Runs of the last 24 hours", "Runs at the moment", "Failing workflows, last 24 hours",
        "Paused by circuit breakers", "Waiting for workers", "Open dead letters",
    ]  # fmt: skip
    assert [(each.name, each.value) for each in cards["Runs of the last 24 hours"].lines] == [("failed", "1")]
    assert {each.value for each in cards["Runs at the moment"].lines} == {"0"}
    [failing] = cards["Failing workflows, last 24 hours"].lines
    assert (failing.value, failing.note) == ("1 of 1 (100 %)", f"last: {HOSTILE} (failed)")
    assert [(each.name, each.value) for each in cards["Open dead letters"].lines] == [("action", "1")]
    assert (HOSTILE in text, "Of others" in text) == (False, False)


def test_superusers_see_the_health_of_the_installation(admin_client: Client, db: None) -> None:
    now = timezone.now()
    Heartbeat.objects.create(name="celery@one", at=now)
    Heartbeat.objects.create(name="celery@gone", at=now - timedelta(minutes=5))

    cards = {card.title: card for card in admin_client.get("/admin/").context["cards"]}

    assert [(each.name, each.is_bad) for each in cards["Workers, last heard of"].lines] == [
        ("celery@one", False), ("celery@gone", True),
    ]  # fmt: skip
    assert [(each.value, each.is_bad) for each in cards["Beat"].lines] == [("never", True)]
    assert {each.name for each in cards["Messages in the broker"].lines} >= {"events", "actions", "maintenance"}


def test_a_sign_of_life_is_one_row_and_who_is_silent_for_a_day_is_forgotten(db: None) -> None:
    Heartbeat.objects.create(name="old", at=timezone.now() - timedelta(days=2))

    heartbeats.write(["one"])
    heartbeats.write(["one", heartbeats.BEAT])

    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["beat", "one"]


@pytest.mark.parametrize(("action", "status"), [("pause", "paused"), ("resume", "active"), ("publish", "active")])
def test_editors_pause_resume_and_publish(workspace: Workspace, action: str, status: str) -> None:
    workflow = factories.published(workspace)
    form: dict[str, Any] = {"action": action, "_selected_action": str(workflow.pk), "confirmed": "yes", "comment": ""}

    refused = member(workspace, Role.OPERATOR).post(page(Workflow, "changelist"), form)
    done = member(workspace, Role.EDITOR).post(page(Workflow, "changelist"), form)

    assert (refused.status_code, done.status_code) == (200, 302)
    assert [str(each).partition(": ")[2] for each in get_messages(done.wsgi_request)] == ["done for 1 of 1."]
    with tenancy.scope(workspace.pk):
        assert Workflow.objects.get().status == status


def test_instants_are_written_to_the_second_and_words_have_their_colour(workspace: Workspace) -> None:
    run = failed(workspace)
    client = member(workspace, Role.VIEWER)

    shown = [client.get(page(Run, "change", run.pk)), client.get(page(Run, "changelist"))]

    for each in shown:
        assert f"{run.created_at:%Y-%m-%d %H:%M:%S}" in each.content.decode()
        assert '<span class="state failed">failed</span>' in each.content.decode()
        assert 'href="/static/core/admin.css"' in each.content.decode()


def test_the_page_of_a_run_has_a_place_for_all_that_is_to_be_seen_of_it() -> None:
    form = admin.site._registry[Run]
    named = {str(name).removeprefix("shown_") for _, options in form.fieldsets or () for name in options["fields"]}
    columns = {field.name for field in Run._meta.fields if field.editable} - {"id", "status"}  # these are its title

    assert columns <= named
