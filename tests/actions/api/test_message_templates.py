from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import Role, Workspace
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import envelope, refused

URL = "/api/v1/message-templates/"
HELLO = {"subject": "Hello {{ name }}", "text": "How are you, {{ name }}?", "html": "<p>{{ name }}</p>"}


def problem_of(answer: Any) -> tuple[str, str]:
    found = refused(answer, status=400, code="invalid")[0]
    return found["path"], found["code"]


def make(api: APIClient, name: str = "hello", **changes: Any) -> Any:
    answer = api.post(URL, {"name": name, **HELLO, **changes}, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_template_is_stored_as_its_first_version(api: APIClient) -> None:
    made = make(api, title="Greeting", sample_variables={"name": "Ada"})

    assert made == {
        "name": "hello",
        "title": "Greeting",
        "is_shipped": False,
        "updated_at": made["updated_at"],
        "number": 1,
        **HELLO,
        "sample_variables": {"name": "Ada"},
    }
    assert api.get(f"{URL}hello/").json() == made


def test_the_list_has_those_of_the_product_and_of_the_workspace_once(api: APIClient) -> None:
    make(api)
    make(api, "welcome_email")

    found = {row["name"]: row["is_shipped"] for row in api.get(URL).json()["results"]}

    assert found == {
        "action_completed": True, "action_failed": True, "approval_request": True, "hello": False,
        "welcome_email": False,
    }  # fmt: skip


def test_a_change_is_a_new_version_and_saying_the_same_is_none(api: APIClient) -> None:
    make(api)
    changed = {**HELLO, "text": "Bye"}

    numbers = [api.put(f"{URL}hello/", changed, format="json").json()["number"] for _ in range(2)]

    assert numbers == [2, 2]
    versions = api.get(f"{URL}hello/versions/").json()["results"]
    assert [(row["number"], row["text"]) for row in versions] == [(2, "Bye"), (1, HELLO["text"])]
    assert versions[0]["created_by"].startswith("key sq_")


def test_a_message_of_the_product_is_replaced_by_a_change_of_it(api: APIClient) -> None:
    before = api.get(f"{URL}welcome_email/").json()

    answer = api.put(f"{URL}welcome_email/", HELLO, format="json")

    assert (before["is_shipped"], before["number"]) == (True, None)
    assert (answer.status_code, answer.json()["number"]) == (201, 1)
    assert api.get(f"{URL}welcome_email/").json()["subject"] == HELLO["subject"]


def test_a_rollback_says_again_what_was_said(api: APIClient) -> None:
    make(api)
    api.put(f"{URL}hello/", {**HELLO, "text": "Bye"}, format="json")

    answer = api.post(f"{URL}hello/rollback/", {"number": 1}, format="json")

    assert (answer.json()["number"], answer.json()["text"]) == (3, HELLO["text"])
    unknown = api.post(f"{URL}hello/rollback/", {"number": 9}, format="json")
    assert problem_of(unknown) == ("/number", "unknown_version")


def test_a_message_of_the_product_is_sent_again_when_the_one_in_its_place_is_deleted(
    api: APIClient, workspace: Workspace
) -> None:
    shipped = api.get(f"{URL}welcome_email/").json()
    make(api, "welcome_email")
    mail = {"id": "mail", "type": "send_email", "params": {"to": "a@example.com", "template": "welcome_email"}}
    factories.published(workspace, factories.definition(mail))

    answers = [api.delete(f"{URL}welcome_email/") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 404]
    assert api.get(f"{URL}welcome_email/").json() == shipped


@pytest.mark.parametrize("where", ["action", "notifications"])
def test_a_template_is_kept_while_a_draft_or_an_active_version_names_it(
    api: APIClient, workspace: Workspace, where: str
) -> None:
    make(api)
    named: dict[str, Any] = factories.definition(
        {"id": "mail", "type": "send_email", "params": {"to": "a@example.com", "template": "hello"}}
    )
    if where == "notifications":
        told = {"channel": "in_app", "trigger": "ON_FAILED", "to": "ops", "template": "hello"}
        named = {**factories.definition(), "settings": {"notifications": [told]}}
    plain, used = factories.definition(), factories.published(workspace, named)
    workflow = f"/api/v1/workflows/{used.slug}/"

    drafted = api.delete(f"{URL}hello/")
    assert api.put(workflow, {"definition": plain}, format="json").status_code == 200
    active = api.delete(f"{URL}hello/")
    assert api.post(f"{workflow}publish/", {}, format="json").status_code == 200

    for answer in (drafted, active):
        refused(answer, status=409, code="conflict")
        assert f"used by the workflow {used.name!r}." in envelope(answer)["detail"]
    assert api.delete(f"{URL}hello/").status_code == 204
    assert api.get(f"{URL}hello/").status_code == 404


def test_a_preview_is_filled_in_with_samples_and_values_over_them(api: APIClient, workspace: Workspace) -> None:
    make(api, subject="{{ workspace.name }}: {{ name }}", sample_variables={"name": "Ada"})

    sample = api.post(f"{URL}hello/preview/", {}, format="json").json()
    given = api.post(f"{URL}hello/preview/", {"variables": {"name": "<b>\nZoe"}}, format="json").json()

    assert sample["subject"] == f"{workspace.name}: Ada"
    assert given == {
        "subject": f"{workspace.name}: <b> Zoe",
        "text": "How are you, <b>\nZoe?",
        "html": "<p>&lt;b&gt;\nZoe</p>",
        "problems": [],
    }


def test_an_older_version_can_be_previewed(api: APIClient) -> None:
    make(api, sample_variables={"name": "Ada"})
    api.put(f"{URL}hello/", {**HELLO, "text": "Bye"}, format="json")

    answer = api.post(f"{URL}hello/preview/", {"version": 1}, format="json")

    assert answer.json()["text"] == "How are you, Ada?"
    unknown = api.post(f"{URL}hello/preview/", {"version": 3}, format="json")
    assert problem_of(unknown) == ("/number", "unknown_version")


def test_what_is_not_saved_is_previewed_with_its_problems(api: APIClient) -> None:
    body = {"subject": "{{ nobody }}", "html": "<h1>{{ name }}</h1>{{ x | shout }}", "variables": {"name": "Ada"}}

    answer = api.post(f"{URL}preview/", body, format="json").json()

    assert (answer["subject"], answer["text"], answer["html"]) == (None, "", None)
    assert [(each["path"], each["code"]) for each in answer["problems"]] == [
        ("/subject", "unknown_path"),
        ("/html", "unknown_filter"),
    ]


def test_a_preview_without_text_shows_the_one_made_from_the_html(api: APIClient) -> None:
    answer = api.post(f"{URL}preview/", {"subject": "x", "html": "<h1>A</h1><ul><li>b</ul>"}, format="json").json()

    assert answer["text"] == "A\n\n- b"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"subject": ""}, ("/subject", "invalid")),
        ({"subject": "x" * 501}, ("/subject", "invalid")),
        ({"subject": "{{ x"}, ("/subject", "invalid_template")),
        ({"text": "", "html": ""}, ("/text", "missing")),
        ({"text": "{% for x in y %}"}, ("/text", "forbidden")),
        ({"text": "x" * 16_385}, ("/text", "invalid_template")),
        ({"html": "x" * 65_537}, ("/html", "invalid_template")),
        ({"html": "{{ x.__class__() }}"}, ("/html", "forbidden")),
        ({"sample_variables": {"a": "x" * 65_536}}, ("/sample_variables", "too_large")),
        ({"sample_variables": []}, ("/sample_variables", "invalid")),
        ({"name": "a b"}, ("/name", "invalid_name")),
        ({"name": "preview"}, ("/name", "invalid_name")),
        ({"name": "../x"}, ("/name", "invalid_name")),
        ({"surprise": 1}, ("/surprise", "unknown_field")),
    ],
)
def test_what_cannot_be_a_message_is_refused(api: APIClient, change: dict[str, Any], problem: tuple[str, str]) -> None:
    answer = api.post(URL, {"name": "hello", **HELLO, **change}, format="json")

    assert problem_of(answer) == problem
    assert api.get(f"{URL}hello/").status_code == 404


def test_a_name_is_taken_once_whatever_its_case(api: APIClient) -> None:
    make(api)

    assert api.post(URL, {"name": "HELLO", **HELLO}, format="json").status_code == 409


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("put", ""), ("get", "versions/"), ("post", "rollback/"), ("post", "preview/")]
)
def test_templates_of_others_are_not_there(
    api: APIClient, client_for: ClientFor, other_workspace: Workspace, method: str, path: str
) -> None:
    make(client_for(other_workspace), "theirs")
    body = {"put": HELLO, "post": {"number": 1} if path == "rollback/" else {}}.get(method)

    answer = getattr(api, method)(f"{URL}theirs/{path}", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_template")


def test_editors_write_and_viewers_read(workspace: Workspace, client_for: ClientFor) -> None:
    viewer, editor = client_for(workspace, Role.VIEWER), client_for(workspace, Role.EDITOR)
    make(editor)

    assert viewer.get(f"{URL}hello/").status_code == 200
    assert viewer.put(f"{URL}hello/", HELLO, format="json").status_code == 403
    assert viewer.post(f"{URL}preview/", HELLO, format="json").status_code == 403
