from pathlib import Path

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from core.plugins import table
from core.plugins.plugin import Plugin
from tests.conftest import ClientFor
from workflows.models import Workflow

pytestmark = pytest.mark.django_db

URL = "/api/v1/templates/"


def test_templates_of_plugins_are_listed(api: APIClient) -> None:
    results = {each["slug"]: each for each in api.get(URL).json()["results"]}

    assert set(results) >= {"high-value-lead", "deal-negotiation", "lead-nurture"}
    assert results["lead-nurture"]["name"] == "Nurture a lead"
    assert results["lead-nurture"]["plugin"] == "examples.crm"
    assert results["lead-nurture"]["definition"]["actions"][0]["id"] == "campaign"


def test_a_fork_is_a_draft_that_can_be_published(api: APIClient) -> None:
    answer = api.post(f"{URL}lead-nurture/fork/", {"name": "Ours"}, format="json")

    assert (answer.status_code, answer.json()["name"], answer.json()["status"]) == (201, "Ours", "draft")
    assert answer.json()["problems"] == []
    assert api.post(f"/api/v1/workflows/{answer.json()['id']}/publish/").status_code == 200


def test_a_second_fork_needs_another_name(api: APIClient) -> None:
    codes = [api.post(f"{URL}lead-nurture/fork/", body, format="json").status_code for body in ({}, {}, {"name": "B"})]

    assert codes == [201, 409, 201]


@pytest.mark.parametrize(
    ("slug", "body", "status"),
    [
        ("nope", {}, 404),
        ("lead-nurture", {"nam": "x"}, 400),
        ("lead-nurture", {"name": 7}, 400),
    ],
)
def test_what_cannot_be_forked_is_refused(
    api: APIClient, workspace: Workspace, slug: str, body: dict[str, object], status: int
) -> None:
    answer = api.post(f"{URL}{slug}/fork/", body, format="json")

    assert answer.status_code == status
    with tenancy.scope(workspace.pk):
        assert Workflow.objects.count() == 0


def test_a_viewer_reads_templates_and_does_not_fork_them(client_for: ClientFor, workspace: Workspace) -> None:
    viewer = client_for(workspace, Role.VIEWER)

    assert viewer.get(URL).status_code == 200
    assert viewer.post(f"{URL}lead-nurture/fork/", {}, format="json").status_code == 403


def test_of_two_templates_with_one_name_that_of_the_first_plugin_counts(
    api: APIClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "workflow_templates").mkdir()
    (tmp_path / "workflow_templates" / "lead_nurture.yaml").write_text("name: Another\ntrigger: a.b")
    (tmp_path / "workflow_templates" / "more.yaml").write_text("name: More\ntrigger: a.b")
    monkeypatch.setitem(table._plugins, "second", Plugin("second", folder=tmp_path))

    names = {each["slug"]: each["name"] for each in api.get(URL).json()["results"]}

    assert (names["lead-nurture"], names["more"]) == ("Nurture a lead", "More")
