"""Connectors of a workspace over HTTP."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from actions.models import Connector
from core import tenancy
from core.models import Role, Workspace
from tests.actions.connectors.documents import PETS, at, changed
from tests.conftest import ClientFor

pytestmark = pytest.mark.django_db

URL = "/api/v1/connectors/"


def test_a_connector_is_stored_and_described(api: APIClient) -> None:
    made = api.post(URL, PETS, format="json")

    assert made.status_code == 201
    body = made.json()
    assert (body["name"], body["version"], body["document"]) == ("pets", 1, PETS)
    add, listing = body["operations"]
    assert (add["key"], add["effects"], set(add["params_schema"]["required"])) == ("add_pet", "once", {"owner", "name"})
    assert set(add["params_schema"]["properties"]) == {"owner", "name", "tags"}
    assert (listing["effects"], list(listing["output_schema"]["properties"])) == ("none", ["status", "body"])
    assert api.get(f"{URL}pets/").json() == body
    [row] = api.get(URL).json()["results"]
    assert (row["name"], row["title"], row["version"]) == ("pets", "Pet shop", 1)


def test_yaml_is_taken_too(api: APIClient) -> None:
    text = (settings.BASE_DIR / "actions/connectors/github.yaml").read_text()

    assert api.post(URL, data=text, content_type="application/yaml").status_code == 201


def test_it_is_replaced_under_its_name(api: APIClient) -> None:
    first = api.put(f"{URL}pets/", PETS, format="json")
    same = api.put(f"{URL}pets/", PETS, format="json")
    other = api.put(f"{URL}pets/", changed(title="Pets"), format="json")

    assert [answer.status_code for answer in (first, same, other)] == [201, 200, 200]
    assert [answer.json()["version"] for answer in (first, same, other)] == [1, 1, 2]


def test_a_taken_name_is_a_conflict_and_another_name_is_refused(api: APIClient) -> None:
    api.post(URL, PETS, format="json")

    assert api.post(URL, PETS, format="json").status_code == 409
    renamed = api.put(f"{URL}dogs/", PETS, format="json")
    assert (renamed.status_code, renamed.json()["errors"][0]["path"]) == (400, "/name")


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (changed(titel="x"), "/titel"),
        (changed(settings={"region": {}}), "/settings"),
        (changed(auth={"kind": "basic", "username_setting": "user"}, settings={"user": {}}), "/auth/username_setting"),
        (at("/operations/0/params/name/default", "{{ secrets.token }}"), "/operations/0/params/name/default"),
        (at("/operations/0/path", "//evil.example.com/{owner}"), "/operations/0/path"),
        (at("/operations/0/params/name/max_length", "9" * 400), "/operations/0/params/name/max_length"),
        (at("/operations/1/params/limit/maximum", "9" * 400), "/operations/1/params/limit/maximum"),
        (at("/operations/1/params/limit/minimum", "nan"), "/operations/1/params/limit/minimum"),
    ],
)
def test_what_a_workspace_may_not_say_is_told(api: APIClient, document: dict[str, object], path: str) -> None:
    answer = api.post(URL, document, format="json")

    assert answer.status_code == 400
    assert path in [problem["path"] for problem in answer.json()["errors"]]
    assert api.get(URL).json()["results"] == []


@pytest.mark.parametrize(("bound", "most"), [(1.5, 1), (99, 99), ("7.5", 7)])
def test_a_whole_number_may_have_any_bound(api: APIClient, bound: object, most: int) -> None:
    answer = api.post(URL, at("/operations/1/params/limit/maximum", bound), format="json")

    schema = answer.json()["operations"][1]["params_schema"]["properties"]["limit"]
    assert (answer.status_code, schema["anyOf"][0]["maximum"]) == (201, most)


def test_admins_write_and_viewers_read(client_for: ClientFor, workspace: Workspace) -> None:
    editor = client_for(workspace, Role.EDITOR)

    assert editor.post(URL, PETS, format="json").status_code == 403
    assert editor.put(f"{URL}pets/", PETS, format="json").status_code == 403
    assert editor.delete(f"{URL}pets/").status_code == 403
    assert client_for(workspace, Role.VIEWER).get(URL).status_code == 200


def test_those_of_others_are_not_there(api: APIClient, client_for: ClientFor, other_workspace: Workspace) -> None:
    client_for(other_workspace).post(URL, PETS, format="json")

    assert api.get(f"{URL}pets/").status_code == 404
    assert api.delete(f"{URL}pets/").status_code == 404
    assert api.get(URL).json()["results"] == []
    with tenancy.scope(other_workspace.pk):
        assert Connector.objects.count() == 1


def test_it_is_deleted_once(api: APIClient) -> None:
    api.post(URL, PETS, format="json")

    assert [api.delete(f"{URL}pets/").status_code for _ in range(2)] == [204, 404]


def test_operators_see_it_without_markup_of_strangers(api: APIClient, client: Client) -> None:
    api.post(URL, changed(title="<script>alert(1)</script>"), format="json")
    client.force_login(User.objects.create_superuser("operator"))
    with tenancy.unscoped("the test looks at any row"):
        row = Connector.objects.get()

    page = reverse("admin:actions_connector_change", args=[row.pk])
    shown = client.get(page).content.decode()

    assert "<script>alert" not in shown
    assert "Pet" not in shown or "pets" in shown
    assert client.post(page, {"name": "x"}).status_code == 403
    assert client.get(reverse("admin:actions_connector_changelist")).status_code == 200
