from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import refused
from triggers.models import Event, EventType, Tally

URL = "/api/v1/event-types/"
EVENTS = "/api/v1/events/"
SCHEMA = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
BODY = {"name": "order.paid", "schema": SCHEMA, "sample": {"a": 1}, "validation": "enforce"}


def register(api: APIClient, **changes: Any) -> Any:
    return api.post(URL, {**BODY, **changes}, format="json")


def send(api: APIClient, **data: Any) -> Any:
    return api.post(EVENTS, {"type": "order.paid", "data": data}, format="json")


def tally(workspace: Workspace, event_type: str, *seen: int) -> None:
    with tenancy.scope(workspace.pk):
        rows = [Tally(workspace=workspace, event_type=event_type, generation=1, seen=each) for each in seen]
        Tally.objects.bulk_create(rows)


def test_a_registered_type_is_shown_as_it_was_sent(api: APIClient) -> None:
    answer = register(api, description="Somebody paid.", producer="shop", labels=["a", "b"])

    assert answer.status_code == 201
    shown = api.get(f"{URL}order.paid/").json()
    assert shown == answer.json()
    assert shown == {
        **BODY,
        "registered": True,
        "description": "Somebody paid.",
        "producer": "shop",
        "labels": ["a", "b"],
        "seen": 0,
        "last_seen_at": None,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }


def test_a_name_is_registered_once(api: APIClient) -> None:
    register(api)

    refused(register(api, description="other"), status=409, code="registered")

    assert api.get(f"{URL}order.paid/").json()["description"] == ""


def test_putting_replaces_everything_and_putting_it_again_changes_nothing(api: APIClient) -> None:
    register(api, description="Somebody paid.", labels=["a"])

    first = api.put(f"{URL}order.paid/", {"producer": "shop"}, format="json")
    second = api.put(f"{URL}order.paid/", {"producer": "shop"}, format="json")

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert (first.json()["description"], first.json()["schema"], first.json()["labels"]) == ("", None, [])


def test_putting_a_new_name_registers_it_also_with_slashes(api: APIClient) -> None:
    answer = api.put(f"{URL}v1/orders:paid/", {"producer": "shop"}, format="json")

    assert (answer.status_code, answer.json()["name"]) == (201, "v1/orders:paid")
    assert api.get(f"{URL}v1/orders:paid/").json()["producer"] == "shop"
    refused(api.put(f"{URL}a%20b/", {}, format="json"), status=400, code="invalid")


def test_a_deleted_type_is_only_seen(api: APIClient, workspace: Workspace) -> None:
    register(api)
    tally(workspace, "order.paid", 2)

    assert api.delete(f"{URL}order.paid/").status_code == 204

    shown = api.get(f"{URL}order.paid/").json()
    assert (shown["registered"], shown["seen"], shown["schema"]) == (False, 2, None)
    refused(api.delete(f"{URL}order.paid/"), status=404, code="not_found")


def test_enforced_data_that_does_not_fit_is_refused_and_says_where(api: APIClient, workspace: Workspace) -> None:
    register(api)

    problems = refused(send(api, a="x"), status=400, code="schema_mismatch")

    assert problems == [{"path": "/data/a", "code": "type", "message": '"x" is not of type "integer".'}]
    assert refused(send(api), status=400, code="schema_mismatch")[0]["path"] == "/data/a"
    with tenancy.scope(workspace.pk):
        assert Event.objects.count() == 0
    assert send(api, a=1).status_code == 202


def test_warnings_are_in_the_answer_and_in_the_event(api: APIClient) -> None:
    register(api, validation="warn")
    expected = [{"path": "/data/a", "code": "type", "message": '"x" is not of type "integer".'}]

    answer = send(api, a="x").json()

    assert answer["warnings"] == expected
    assert api.get(f"{EVENTS}{answer['uid']}/").json()["warnings"] == expected
    assert "warnings" not in send(api, a=1).json()


def test_of_a_batch_only_what_does_not_fit_is_rejected(api: APIClient) -> None:
    register(api)
    api.put(f"{URL}order.sent/", {"schema": SCHEMA, "validation": "warn"}, format="json")
    events = [{"type": type_, "data": {"a": value}} for type_ in ("order.paid", "order.sent") for value in (1, "x")]

    results = api.post(f"{EVENTS}batch/", {"events": events}, format="json").json()["results"]

    assert [each["status"] for each in results] == ["accepted", "rejected", "accepted", "accepted"]
    assert [each["path"] for each in results[1]["error"]["errors"]] == ["/data/a"]
    assert ["warnings" in each for each in results] == [False, False, False, True]


def test_a_change_holds_for_the_next_event_and_says_nothing_else(api: APIClient, workspace: Workspace) -> None:
    register(api, description="Somebody paid.")
    assert send(api, a="x").status_code == 400
    other = {"properties": {"a": {"type": "string"}}}

    changed = api.patch(f"{URL}order.paid/", {"schema": other, "sample": None}, format="json")

    assert (changed.status_code, changed.json()["description"]) == (200, "Somebody paid.")
    assert (send(api, a="x").status_code, send(api, a=1).status_code) == (202, 400)
    api.patch(f"{URL}order.paid/", {"validation": "off"}, format="json")
    assert send(api, a=1).status_code == 202
    with tenancy.scope(workspace.pk):
        assert EventType.objects.get().version == 3


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"schema": {"type": "objekt"}}, "/schema/type"),
        ({"schema": {"$ref": "https://evil.example/x"}}, "/schema/$ref"),
        ({"schema": {"$ref": "file:///etc/passwd"}}, "/schema/$ref"),
        ({"schema": {"$ref": "#"}}, "/schema/$ref"),
        ({"schema": {"properties": {"a": {"pattern": "(?=x)"}}}}, "/schema/properties/a/pattern"),
        ({"schema": {"x": "y" * 70_000}}, "/schema"),
        ({"schema": []}, "/schema"),
        ({"sample": {"a": "x"}}, "/sample/a"),
        ({"schema": None}, "/validation"),
        ({"validation": "maybe"}, "/validation"),
        ({"name": "a b"}, "/name"),
        ({"labels": [7]}, "/labels/0"),
        ({"seen": 7}, "/seen"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_registered_is_refused_at_its_place(
    api: APIClient, workspace: Workspace, changes: dict[str, Any], path: str
) -> None:
    problems = refused(register(api, **changes), status=400, code="invalid")

    assert [problem["path"] for problem in problems] == [path]
    with tenancy.scope(workspace.pk):
        assert EventType.objects.count() == 0


def test_the_list_has_registered_and_seen_types_by_name(api: APIClient, workspace: Workspace) -> None:
    register(api)
    tally(workspace, "lead.created", 2, 3)
    tally(workspace, "order.paid", 1)
    newest = factories.event(workspace, "lead.created")

    rows = api.get(URL).json()["results"]

    assert [(row["name"], row["registered"], row["seen"]) for row in rows] == [
        ("lead.created", False, 5),
        ("order.paid", True, 1),
    ]
    assert rows[0]["last_seen_at"] == newest.received_at.isoformat().replace("+00:00", "Z")
    assert rows[1]["last_seen_at"] is None


def test_a_long_list_is_read_page_by_page(api: APIClient, workspace: Workspace) -> None:
    names = ["B", "_x", "a", "a.b", "b", "é", "z"]
    for name in names[::2]:
        tally(workspace, name, 1)
    for name in names[1::2]:
        api.put(f"{URL}{name}/", {}, format="json")
    found, url = [], f"{URL}?limit=2"

    while url:
        page = api.get(url).json()
        found += [row["name"] for row in page["results"]]
        url = page["next"]

    assert found == sorted(names)


def test_types_are_of_one_workspace_and_written_by_editors(
    api: APIClient, client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    register(api)
    theirs, operator = client_for(other_workspace), client_for(workspace, Role.OPERATOR)

    assert theirs.get(URL).json()["results"] == []
    refused(theirs.get(f"{URL}order.paid/"), status=404, code="not_found")
    refused(theirs.patch(f"{URL}order.paid/", {}, format="json"), status=404, code="not_found")
    assert send(theirs, a="x").status_code == 202
    refused(register(operator, name="x"), status=403, code="forbidden")
    assert operator.get(URL).status_code == 200
