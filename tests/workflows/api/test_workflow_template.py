"""A workflow whose template changes after it was made of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Role, Workspace
from core.plugins import table
from core.plugins.plugin import Plugin
from tests.conftest import ClientFor
from workflows.models import Workflow

pytestmark = pytest.mark.django_db

Json = dict[str, Any]
Release = Callable[..., None]

TEMPLATE = """
name: Greet leads
parameters:
  who: { title: Who }
  score: { kind: number, title: Score, default: 80 }
definition:
  trigger: { type: lead.created, filters: { score: { gte: "${score}" } } }
  settings: { timeout_seconds: 60 }
  actions:
    - { id: greet, type: log_event, params: { message: "Hello from ${who}" } }
    - { id: note, type: log_event, params: { message: "Greeted" } }
"""


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """Brings the template `greet-leads`, with these words in the place of others."""

    def bring(*changes: tuple[str, str], text: str = TEMPLATE) -> None:
        folder = tmp_path / str(len([*tmp_path.iterdir()])) / "workflow_templates"
        folder.mkdir(parents=True)
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        (folder / "greet_leads.yaml").write_text(text)
        monkeypatch.setitem(table._plugins, "greetings", Plugin("greetings", folder=folder.parent))

    return bring


@pytest.fixture
def url(api: APIClient, release: Release) -> str:
    release()
    made = api.post("/api/v1/templates/greet-leads/fork/", {"name": "Ours", "parameters": {"who": "us"}}, format="json")
    assert made.status_code == 201, made.json()
    return f"/api/v1/workflows/{made.json()['id']}/"


def edit(api: APIClient, url: str, change: Callable[[Json], None]) -> Json:
    draft = api.get(url).json()["draft"]
    change(draft)
    answer = api.put(url, {"definition": draft}, format="json")
    assert answer.status_code == 200, answer.json()
    return dict(answer.json()["draft"])


def post(api: APIClient, url: str, **body: Any) -> Any:
    return api.post(url, body, format="json")


LOUDER = ('message: "Greeted"', 'message: "Greeted", level: warning')


def test_a_template_that_did_not_change_is_not_outdated(api: APIClient, url: str) -> None:
    found = api.get(f"{url}template/").json()

    assert (found["is_outdated"], found["changes"], found["problems"]) == (False, [], [])
    assert found["parameters"] == {"who": "us", "score": 80}


def test_what_became_of_the_template_is_told(api: APIClient, url: str, release: Release) -> None:
    release(LOUDER, ("timeout_seconds: 60", "timeout_seconds: 90"))

    found = api.get(f"{url}template/").json()

    assert api.get(url).json()["template"]["is_outdated"] is True
    assert (found["is_outdated"], found["digest"] != found["current_digest"]) == (True, True)
    assert [each["sentence"] for each in found["changes"]] == [
        "The workflow: settings.timeout_seconds changed from 60 to 90.",
        '`note`: params.level is "warning" now; it was not set.',
    ]


def test_a_default_that_changed_says_nothing_new(api: APIClient, url: str, release: Release) -> None:
    """Who made the workflow of it had seen the old one."""
    release(("default: 80", "default: 90"))

    assert api.get(f"{url}template/").json()["is_outdated"] is False
    assert post(api, f"{url}template/update/").json()["draft"]["triggers"][0]["filters"] == {"score": {"gte": 80}}


def test_an_update_takes_over_what_changed_and_keeps_what_people_changed(
    api: APIClient, url: str, release: Release
) -> None:
    post(api, f"{url}publish/")
    edit(api, url, lambda draft: draft["actions"][0]["params"].update(level="debug"))
    release(LOUDER)

    preview = post(api, f"{url}template/update/preview/").json()
    assert api.get(url).json()["draft"]["actions"][1]["params"] == {"message": "Greeted"}
    updated = post(api, f"{url}template/update/").json()

    [change] = preview["changes"]
    assert change["sentence"] == '`note`: params.level is "warning" now; it was not set.'
    assert (preview["conflicts"], preview["problems"]) == ([], [])
    assert updated["draft"] == preview["definition"]
    assert [each["params"] for each in updated["draft"]["actions"]] == [
        {"message": "Hello from us", "level": "debug"}, {"message": "Greeted", "level": "warning"},
    ]  # fmt: skip
    assert (updated["name"], updated["active_version"], updated["has_unpublished_changes"]) == ("Ours", 1, True)
    assert updated["template"]["is_outdated"] is False
    assert post(api, f"{url}publish/").status_code == 200


def test_an_update_again_changes_nothing(api: APIClient, url: str, release: Release, workspace: Workspace) -> None:
    release(LOUDER)
    first = post(api, f"{url}template/update/").json()

    again = post(api, f"{url}template/update/").json()

    assert (again["revision"], again["template"]) == (first["revision"], first["template"])
    with tenancy.scope(workspace.pk):
        assert AuditEntry.objects.filter(action="workflow.template_updated").count() == 1


def test_what_both_changed_is_refused_with_every_conflict_and_nothing_changes(
    api: APIClient, url: str, release: Release, workspace: Workspace
) -> None:
    edit(api, url, lambda draft: draft["actions"][1]["params"].update(level="debug"))
    release(LOUDER, ("timeout_seconds: 60", "timeout_seconds: 90"))
    before = api.get(url).json()

    refused = post(api, f"{url}template/update/")
    preview = post(api, f"{url}template/update/preview/").json()

    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert [(each["path"], each["code"]) for each in refused.json()["errors"]] == [
        ("/actions/note/params/level", "conflict")
    ]
    assert [(each["base"], each["draft"], each["template"]) for each in preview["conflicts"]] == [
        (None, "debug", "warning")
    ]
    assert api.get(url).json() == before
    with tenancy.scope(workspace.pk):
        assert not AuditEntry.objects.filter(action="workflow.template_updated").exists()


@pytest.mark.parametrize(("prefer", "level"), [("draft", "debug"), ("template", "warning")])
def test_who_says_whose_change_is_taken_has_no_conflict(
    api: APIClient, url: str, release: Release, prefer: str, level: str
) -> None:
    edit(api, url, lambda draft: draft["actions"][1]["params"].update(level="debug"))
    release(LOUDER)

    updated = post(api, f"{url}template/update/", prefer=prefer).json()

    assert updated["draft"]["actions"][1]["params"]["level"] == level
    assert updated["template"]["is_outdated"] is False
    assert api.get(f"{url}template/").json()["changes"] == []


def test_a_parameter_that_is_new_has_to_be_given(api: APIClient, url: str, release: Release) -> None:
    release(("  score: { kind", "  how: { title: How }\n  score: { kind"), ("Hello from", "${how} from"))

    told = api.get(f"{url}template/").json()
    refused = post(api, f"{url}template/update/")
    updated = post(api, f"{url}template/update/", parameters={"how": "Welcome"}).json()

    assert (told["is_outdated"], [each["path"] for each in told["problems"]]) == (True, ["/parameters/how"])
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "/parameters/how")
    assert updated["draft"]["actions"][0]["params"]["message"] == "Welcome from us"


def test_other_parameters_are_taken_over_without_a_new_template(api: APIClient, url: str) -> None:
    updated = post(api, f"{url}template/update/", parameters={"score": 95}).json()

    assert updated["draft"]["triggers"][0]["filters"] == {"score": {"gte": 95}}
    assert updated["draft"]["actions"][0]["params"]["message"] == "Hello from us"
    assert api.get(f"{url}template/").json()["parameters"] == {"who": "us", "score": 95}


def test_a_template_that_is_gone_is_told(api: APIClient, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(table._plugins, "greetings")

    found = api.get(f"{url}template/").json()

    assert (found["current_digest"], found["is_outdated"], found["changes"]) == (None, False, [])
    assert post(api, f"{url}template/update/").status_code == 404


def test_an_update_of_another_state_is_refused(api: APIClient, url: str, release: Release) -> None:
    release(LOUDER)

    assert post(api, f"{url}template/update/", revision=7).status_code == 412
    assert api.post(f"{url}template/update/", HTTP_IF_MATCH='"r7"').status_code == 412
    assert api.get(url).json()["template"]["is_outdated"] is True


def test_viewers_read_and_others_see_nothing(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace, url: str
) -> None:
    viewer, stranger = client_for(workspace, Role.VIEWER), client_for(other_workspace)

    assert viewer.get(f"{url}template/").status_code == 200
    assert [post(viewer, f"{url}template/{end}/").status_code for end in ("update", "update/preview")] == [403, 403]
    assert stranger.get(f"{url}template/").status_code == 404
    assert [post(stranger, f"{url}template/{end}/").status_code for end in ("update", "update/preview")] == [404, 404]


@pytest.mark.parametrize(
    "body", [{"parameters": 1}, {"prefer": "mine"}, {"prefers": "draft"}, {"parameters": {"who": "{{ a }}"}}]
)
def test_what_is_no_update_is_refused(api: APIClient, url: str, workspace: Workspace, body: Json) -> None:
    assert post(api, f"{url}template/update/", **body).status_code == 400
    with tenancy.scope(workspace.pk):
        assert Workflow.objects.get().revision == 1


def test_the_admin_shows_what_a_workflow_was_made_of(url: str, release: Release, client: Client) -> None:
    release(LOUDER)
    client.force_login(User.objects.create_superuser("root", password="x"))

    page = client.get(reverse("admin:workflows_workflow_change", args=[url.split("/")[-2]])).content.decode()

    assert "greet-leads (" in page
    assert "it has changed since" in page
