"""What imports of whole workspaces refuse: what is no bundle, hostile, or not for the caller."""

from copy import deepcopy
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import Role, Workspace
from core.services import api_keys
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import refused
from tests.workflows.api.test_workflow_import import rows
from tests.workflows.api.transfers import (
    TEST,
    bundle,
    export,
    full,
    outcomes,
    take,
    url,
)

__all__ = ("full",)

pytestmark = pytest.mark.django_db


def spoiled(exported: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Bundles with one thing wrong, and where."""
    cases: list[tuple[list[Any], Any, str]] = [
        (["manifest", "format"], 2, "/manifest/format"),
        (["manifest", "format"], True, "/manifest/format"),
        (["manifest", "format"], "1", "/manifest/format"),
        (["manifest"], [], "/manifest"),
        (["runs"], [], "/runs"),
        (["workspace", "slug"], "x", "/workspace/slug"),
        (["workspace", "variables"], [], "/workspace/variables"),
        (["event_types", 0, "name"], "a b", "/event_types/0/name"),
        (["event_types", 0, "producer"], "x" * 201, "/event_types/0/producer"),
        (["event_types", 0, "id"], "x", "/event_types/0/id"),
        (["connections", 0, "token"], "x", "/connections/0/token"),
        (["connections", 0, "role"], "king", "/connections/0/role"),
        (["message_templates", 0, "title"], "x" * 201, "/message_templates/0/title"),
        (["workflows", 0, "status"], "archived", "/workflows/0/status"),
        (["workflows", 0, "draft", "name"], "", "/workflows/0/draft/name"),
        (["workflows", 0, "draft", "name"], 7, "/workflows/0/draft/name"),
        (["workflows", 1, "draft", "name"], "A PARENT", "/workflows/1"),
        (["event_types"], [{"name": "a.b"}, {"name": "a.b"}], "/event_types/1"),
        (["connectors"], [{"name": "a"}, {"name": "A"}], "/connectors/1"),
        (["workflows", 0, "tests"], [{**TEST, "now": "1700000000"}], "/workflows/0/tests/0/now"),
        (["workflows", 0, "tests"], [{**TEST, "now": "2026-01-31T09:30:00"}], "/workflows/0/tests/0/now"),
        (["workflows", 0, "tests"], [{**TEST, "expected": {"actions": {"a": 1}}}], "/workflows/0/tests/0/expected"),
        (["workflows", 0, "tests"], [{**TEST, "event": {"type": "x"}}], "/workflows/0/tests/0/event"),
        (["workflows", 0, "draft"], [], "/workflows/0/draft"),
        (["workflows", 0, "layout"], {"a": {"x": "y"}}, "/workflows/0/layout/a/x"),
        (["workflows"], [{"draft": {"name": str(n)}} for n in range(501)], "/workflows"),
        (["workflows", 0, "tests"], [{"name": "x"}], "/workflows/0/tests/0/event"),
        (["workflows", 0, "draft", "actions"], ["{{ a }}"] * 10_001, "/workflows"),
    ]
    found = []
    for way, value, path in cases:
        document = deepcopy(exported)
        place: Any = document
        for step in way[:-1]:
            place = place[step]
        place[way[-1]] = value
        found.append((document, path))
    return found


def test_what_is_no_bundle_is_refused_with_its_place(api: APIClient, full: Workspace) -> None:
    exported = bundle(api, full)
    before = rows(full)

    for document, path in spoiled(exported):
        problems = refused(take(api, full, document), status=400, code="invalid")
        assert any(each["path"].startswith(path) for each in problems), (path, problems)

    assert rows(full) == before


def test_two_things_do_not_get_one_name_by_the_mapping(api: APIClient, full: Workspace) -> None:
    exported = bundle(api, full)
    mapping = {"workflows": {"Child": "a parent"}, "variables": {"team": "squad"}}
    exported["workspace"]["variables"]["squad"] = "red"

    problems = refused(take(api, full, {"bundle": exported, "mapping": mapping}), status=400, code="invalid")

    assert [each["path"] for each in problems] == ["/workspace/variables", "/workflows/1"]


def test_tests_that_fail_keep_their_workflow_from_being_published(api: APIClient, workspace: Workspace) -> None:
    def tested(**parts: Any) -> dict[str, Any]:
        workflow = {"status": "active", "draft": factories.definition(), "tests": [{**TEST, **parts}]}
        return {"manifest": {"format": 1}, "workflows": [workflow]}

    good = take(api, workspace, tested(expected={"status": "completed"}), publish="true").json()
    bad = take(api, workspace, tested(expected={"status": "failed"}), publish="true").json()
    odd = take(api, workspace, tested(pins={"nothing": 5}, answers={"log_event": 5}), publish="true").json()
    renamed = {"bundle": tested(expected={"status": "completed"}), "mapping": {"event_types": {"lead.created": "a.b"}}}

    assert [outcomes(each)["workflow Greet"] for each in (good, bad, odd)] == ["created", "refused", "refused"]
    assert {each["code"] for each in bad["items"][-1]["problems"]} == {"test_failed"}
    assert outcomes(take(api, workspace, renamed, publish="true").json())["workflow Greet"] == "created"


def test_what_no_service_would_store_is_refused_with_its_place(api: APIClient, full: Workspace) -> None:
    exported = bundle(api, full)
    cases: list[tuple[list[Any], Any, str]] = [
        (["workspace", "time_zone"], "Mars/Olympus", "/workspace/time_zone/time_zone"),
        (["workspace", "limits"], {"max_workflows": 10**9}, "/workspace/limits/limits"),
        (["event_types", 0, "schema"], {"type": "nothing"}, "/event_types/0/schema"),
        (["message_templates", 0, "subject"], "{{ oops", "/message_templates/0/subject"),
        (["connectors", 0, "auth"], {"kind": "magic"}, "/connectors/0/auth"),
        (["connections", 0, "kind"], "fax", "/connections/0/kind"),
        (["connections", 0, "settings"], {"base_url": "https://evil.example.com"}, "/connections/0/secrets/token"),
    ]
    before = rows(full)

    for way, value, path in cases:
        document = deepcopy(exported)
        place: Any = document
        for step in way[:-1]:
            place = place[step]
        place[way[-1]] = value
        found = take(api, full, document, on_conflict="replace").json()
        problems = [each for item in found["items"] if item["outcome"] == "refused" for each in item["problems"]]
        assert [each["path"].startswith(path) for each in problems] in ([True], [True, True]), (path, problems)

    assert rows(full) == before


def test_hostile_documents_are_refused_before_they_are_read(api: APIClient, full: Workspace) -> None:
    hostile = [
        ("application/yaml", b"manifest: &a [1]\nworkspace: *a", 400),
        ("application/yaml", b"manifest: {format: 1}\nx: " + b"[" * 70 + b"]" * 70, 400),
        ("application/json", b'{"manifest": {"format": 1}, "x": ' + b"[" * 70 + b"]" * 70 + b"}", 400),
        ("application/json", b'{"manifest": {"format": 1, "product": "a\\u0000"}}', 400),
        ("application/json", b'{"manifest": {"format": 1}, "manifest": {"format": 1}}', 400),
        ("application/json", b"{" + b" " * (8 * 1024 * 1024), 413),
        ("text/plain", b"{}", 415),
    ]
    for content_type, content, status in hostile:
        answer = api.post(url(full, "import"), content, content_type=content_type)
        assert answer.status_code == status, answer.content[:300]


def test_only_admins_import_only_editors_export_and_strangers_see_no_workspace(
    api: APIClient, client_for: ClientFor, full: Workspace, other_workspace: Workspace
) -> None:
    exported = bundle(api, full)
    stranger, operator, editor = (
        client_for(other_workspace), client_for(full, Role.OPERATOR), client_for(full, Role.EDITOR)
    )  # fmt: skip
    before = rows(full)

    assert export(editor, full)
    refused(operator.get(url(full, "export")), status=403, code="forbidden")
    refused(take(editor, full, exported), status=403, code="forbidden")
    refused(stranger.get(url(full, "export")), status=404, code="not_found")
    refused(take(stranger, full, exported), status=404, code="not_found")
    assert rows(full) == before


def test_a_key_with_scopes_needs_one_for_each_part(full: Workspace) -> None:
    areas = ["workspace", "workflows", "events", "connections", "data"]

    def status(missing: str, verb: str) -> int:
        scopes = [f"{area}:{verb}" for area in areas if area != missing]
        _, key = api_keys.issue(full, name="x", role=Role.ADMIN, scopes=scopes)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        if verb == "read":
            return int(client.get(url(full, "export")).status_code)
        return int(take(client, full, {"manifest": {"format": 1}}).status_code)

    assert [status(area, verb) for verb in ("read", "write") for area in areas] == [403] * 10
    assert [status("", "read"), status("", "write")] == [200, 200]
