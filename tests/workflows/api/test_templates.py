from pathlib import Path

import pytest
from rest_framework.test import APIClient

from actions.models import Connection
from core import tenancy
from core.models import AuditEntry, Role, Workspace
from core.plugins import table
from core.plugins.plugin import Plugin
from core.services import secrets
from tests import factories
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
        ("lead-nurture", {"parameters": [1]}, 400),
        ("lead-nurture", {"parameters": {"score": "x"}}, 400),
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


DEALS = {"slack": "team", "minimum": 500, "large": 9000.5}


def test_templates_are_found_by_words_category_and_plugin(api: APIClient) -> None:
    def slugs(**query: str) -> list[str]:
        return [each["slug"] for each in api.get(URL, query).json()["results"]]

    assert slugs(q="won slack") == ["announce-won-deals"]
    assert slugs(q="deal", plugin="examples.crm") == ["deal-negotiation"]
    assert slugs(category="billing") == ["stripe-payment-dunning", "warn-of-usage"]
    assert len(slugs(plugin="")) >= 18
    assert slugs(q="no such words") == []
    assert api.get(URL, {"kind": "x"}).status_code == 400


def test_one_template_says_what_it_asks_for_and_what_is_there(api: APIClient, scope: Workspace) -> None:
    secrets.put(name="github_webhook", value="k3y-of-the-hook")

    found = api.get(f"{URL}github-issue-alert/").json()
    Connection.objects.create(workspace=scope, name="team", kind="slack")
    then = api.get(f"{URL}github-issue-alert/").json()

    assert found["parameters"]["required"] == ["repository", "slack"]
    assert found["definition"]["actions"][0]["params"]["connection"] == "${slack}"
    assert found["example"] == {"repository": "acme/shop", "slack": "team"}
    slack = {"kind": "connection", "name": "", "parameter": "slack", "connection_kinds": ["slack"], "is_met": False}
    secret = {"kind": "secret", "name": "github_webhook", "parameter": "webhook_secret", "connection_kinds": []}
    assert found["requires"] == [slack, {**secret, "is_met": True}]
    assert then["requires"][0] == {**slack, "is_met": True}
    assert api.get(f"{URL}github-issue-alerts/").status_code == 404


def test_a_preview_shows_the_definition_and_its_problems_and_makes_nothing(api: APIClient, scope: Workspace) -> None:
    found = api.post(f"{URL}announce-won-deals/preview/", {"name": "Ours", "parameters": DEALS}, format="json").json()

    assert found["definition"]["name"] == "Ours"
    assert found["definition"]["triggers"][0]["filters"] == {"amount": {"gte": 500}}
    assert found["parameters"] == {**DEALS, "channel": None, "handover_to": None}
    assert [each["code"] for each in found["problems"]] == ["unknown_connection"]
    assert [(each["kind"], each["name"], each["is_met"]) for each in found["requires"]] == [
        ("connection", "team", False), ("event_type", "deal.won", False),
    ]  # fmt: skip
    assert Workflow.objects.count() == 0


def test_parameters_that_do_not_fit_are_told_all_at_once_and_nothing_is_made(api: APIClient, scope: Workspace) -> None:
    wrong = {"minimum": "x", "nope": 1, "channel": "{{ secrets.key }}"}
    for verb in ("fork", "preview"):
        answer = api.post(f"{URL}announce-won-deals/{verb}/", {"parameters": wrong}, format="json")

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert {(each["path"], each["code"]) for each in answer.json()["errors"]} == {
            ("/parameters/minimum", "type"), ("/parameters/nope", "unknown_parameter"),
            ("/parameters/slack", "missing"), ("/parameters/channel", "invalid"),
        }  # fmt: skip
    assert (Workflow.objects.count(), AuditEntry.objects.filter(target="workflow").count()) == (0, 0)


def test_a_fork_knows_what_it_was_made_of(api: APIClient, scope: Workspace) -> None:
    made = api.post(f"{URL}announce-won-deals/fork/", {"parameters": DEALS}, format="json").json()
    digest = api.get(f"{URL}announce-won-deals/").json()["digest"]

    origin = made["template"]
    assert {key: value for key, value in origin.items() if key not in {"made_by", "made_at"}} == {
        "slug": "announce-won-deals", "name": "Announce won deals", "plugin": "", "digest": digest,
        "current_digest": digest, "is_outdated": False,
    }  # fmt: skip
    assert origin["made_by"].startswith("key sq_")
    [listed] = api.get("/api/v1/workflows/").json()["results"]
    assert listed["template"] == origin
    entry = AuditEntry.objects.get(action="workflow.forked")
    assert (entry.actor, str(entry.target_id)) == (origin["made_by"], made["id"])
    assert (entry.after or {})["parameters"]["large"] == 9000.5


def test_a_workflow_that_was_written_by_hand_has_no_template(api: APIClient, workspace: Workspace) -> None:
    row = factories.published(workspace)

    assert api.get(f"/api/v1/workflows/{row.pk}/").json()["template"] is None
    for call in (api.get, api.post):
        assert call(f"/api/v1/workflows/{row.pk}/template/{'update/' if call == api.post else ''}").status_code == 404
    assert api.post(f"/api/v1/workflows/{row.pk}/template/update/preview/").status_code == 404


def test_a_copy_was_made_of_the_same(api: APIClient) -> None:
    made = api.post(f"{URL}lead-nurture/fork/", {}, format="json").json()

    copy = api.post(f"/api/v1/workflows/{made['id']}/duplicate/").json()

    assert copy["template"] == made["template"]
    assert api.get(f"/api/v1/workflows/{copy['id']}/template/").json()["changes"] == []
