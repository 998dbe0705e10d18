"""No workspace has more of what is limited by number than it may, however many ask at once."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.models import ApiKey, IdempotentAnswer, Invitation, Role, Secret, ServiceAccount, Workspace
from core.services import api_keys
from tests import factories, rivals
from tests.envelopes import envelope, refused
from workflows.models import WorkflowTest


def allow(workspace: Workspace, **limits: int) -> None:
    workspace.limits = limits
    workspace.save(update_fields=["limits"])


def count(workspace: Workspace, model: Any, **filters: Any) -> int:
    with tenancy.scope(workspace.pk):
        return int(model.objects.filter(**filters).count())


MAKING: list[tuple[str, int, str, Any]] = [  # the limit, what is there already, and what makes one more
    ("max_api_keys", 1, "api-keys", lambda at: {"name": f"k{at}", "role": "viewer"}),
    ("max_service_accounts", 0, "service-accounts", lambda at: {"name": f"s{at}", "role": "viewer"}),
    ("max_open_invitations", 0, "members", lambda at: {"email": f"a{at}@example.com", "role": "viewer"}),
    ("max_secrets", 1, "secrets", lambda at: {"name": f"s{at}", "value": "x"}),
    ("max_connections", 0, "connections", lambda at: {
        "name": f"c{at}", "kind": "http_bearer", "settings": {"base_url": "https://example.com"},
        "secrets": {"token": "t"},
    }),
    ("max_patterns", 0, "patterns", lambda at: {"name": f"p{at}", "type": "lead.created"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "there", "path", "body"), MAKING, ids=[each[0] for each in MAKING])
def test_one_more_than_the_workspace_may_have_is_refused_with_what_to_do(
    api: APIClient, workspace: Workspace, name: str, there: int, path: str, body: Any
) -> None:
    allow(workspace, **{name: there + 1})

    last = api.post(f"/api/v1/{path}/", body(1), format="json")
    more = api.post(f"/api/v1/{path}/", body(2), format="json")

    assert last.status_code == 201, last.json()
    refused(more, status=429, code="quota_exceeded")
    said = envelope(more)["detail"]
    assert f"as many as may be ({name}). Nothing was done: " in said
    assert said.endswith("or ask an operator for more.")
    quotas = api.get(f"/api/v1/workspaces/{workspace.slug}/quotas/").json()["results"]
    assert {"name": name, "used": there + 1, "limit": there + 1, "resets_at": None} in quotas


def test_the_owner_of_a_key_has_so_many_and_others_still_theirs(api: APIClient, workspace: Workspace) -> None:
    allow(workspace, max_api_keys_per_owner=2)
    key = {"name": "k", "role": "viewer"}
    account = api.post("/api/v1/service-accounts/", {"name": "ci", "role": "viewer"}, format="json").json()["id"]

    nobodys = [api.post("/api/v1/api-keys/", key, format="json").status_code for _ in range(2)]
    its = [api.post("/api/v1/api-keys/", {**key, "service_account": account}, format="json") for _ in range(3)]

    assert nobodys == [201, 429]  # the one that asks is nobody's too
    assert [each.status_code for each in its] == [201, 201, 429]


def test_what_is_over_takes_no_place_and_replacing_is_no_more(api: APIClient, workspace: Workspace) -> None:
    allow(workspace, max_api_keys=2, max_secrets=2, max_open_invitations=1)
    url, key = "/api/v1/api-keys/", {"name": "k", "role": "viewer"}
    first = api.post(url, key, format="json").json()["id"]

    assert api.post(f"{url}{first}/rotate/", {"overlap_seconds": 60}, format="json").status_code == 429
    assert api.post(f"{url}{first}/rotate/", {}, format="json").status_code == 201
    assert api.post(url, key, format="json").status_code == 429
    with tenancy.scope(workspace.pk):
        ApiKey.objects.filter(revoked_at=None, name="k").update(expires_at=timezone.now())
    assert api.post(url, key, format="json").status_code == 201
    secret = [api.post("/api/v1/secrets/", {"name": "s", "value": each}, format="json").status_code for each in "ab"]
    assert secret == [201, 200]
    invitation = {"email": "a@example.com", "role": "viewer"}
    assert [api.post("/api/v1/members/", invitation, format="json").status_code for _ in range(2)] == [201, 201]


def test_a_workflow_has_so_many_tests(api: APIClient, workspace: Workspace) -> None:
    allow(workspace, max_workflow_tests=1)
    url = f"/api/v1/workflows/{factories.published(workspace).pk}/tests/"

    answers = [api.post(url, {"name": f"t{at}", "event": {"type": "lead.created"}}, format="json") for at in range(2)]

    assert answers[0].status_code == 201, answers[0].json()
    refused(answers[1], status=429, code="quota_exceeded")
    assert envelope(answers[1])["detail"].startswith(
        "The workflow has 1 tests, as many as may be (max_workflow_tests)."
    )
    assert count(workspace, WorkflowTest) == 1


@pytest.mark.parametrize("limits", [{"max_kept_answers": 1}, {"max_kept_answer_bytes": 500}], ids=str)
def test_a_request_whose_answer_there_is_no_room_for_does_nothing(
    api: APIClient, workspace: Workspace, limits: dict[str, int]
) -> None:
    allow(workspace, **limits)

    def put(name: str, **headers: str) -> Any:
        return api.post("/api/v1/secrets/", {"name": name, "value": "x"}, format="json", headers=headers)

    first, again = (put("a", **{"Idempotency-Key": "k1"}) for _ in range(2))
    more = put("b", **{"Idempotency-Key": "k2"})

    assert (first.status_code, again["Idempotency-Replayed"]) == (201, "true")
    refused(more, status=429, code="quota_exceeded")
    assert 86_000 < int(more["Retry-After"]) <= 86_400
    assert (count(workspace, Secret, name="b"), count(workspace, IdempotentAnswer)) == (0, 1)
    assert put("b").status_code == 201


ALL_AT_ONCE = """
for at in range(3):
    for path, body in bodies(f"{number}x{at}"):
        keyed = {"Idempotency-Key": f"{number}{at}{path}"}
        print(path, client.post(f"/api/v1/{path}/", body, format="json", headers=keyed).status_code)
"""
SETUP = """
from rest_framework.test import APIClient

client = APIClient(SERVER_NAME="localhost")
client.credentials(HTTP_AUTHORIZATION="Bearer {key}")

def bodies(name):
    yield "service-accounts", {{"name": name, "role": "viewer"}}
    yield "api-keys", {{"name": name, "role": "viewer"}}
    yield "members", {{"email": f"{{name}}@example.com", "role": "viewer"}}
    yield "secrets", {{"name": f"s{{name}}", "value": "x"}}
"""


@pytest.mark.django_db(transaction=True)
def test_of_processes_that_ask_at_once_exactly_as_many_succeed_as_may(workspace: Workspace) -> None:
    key = api_keys.issue(workspace, name="racing", role=Role.ADMIN)[1]
    allow(workspace, max_service_accounts=4, max_api_keys=5, max_open_invitations=4, max_secrets=5)

    said = "".join(rivals.race(ALL_AT_ONCE, setup=SETUP.format(key=key), number=2)).splitlines()

    for path in ("service-accounts", "api-keys", "members", "secrets"):
        assert sorted(line for line in said if line.startswith(path)) == [f"{path} 201"] * 4 + [f"{path} 429"] * 2
    made = [count(workspace, each) for each in (ServiceAccount, ApiKey, Invitation, Secret)]
    assert made == [4, 5, 4, 5]


@pytest.mark.django_db(transaction=True)
def test_of_processes_whose_answers_are_kept_at_once_as_many_are_as_may(workspace: Workspace) -> None:
    key = api_keys.issue(workspace, name="racing", role=Role.ADMIN)[1]
    allow(workspace, max_kept_answers=6)

    said = "".join(rivals.race(ALL_AT_ONCE, setup=SETUP.format(key=key), number=2)).splitlines()

    assert sorted(line.split()[1] for line in said) == ["201"] * 6 + ["429"] * 18
    assert count(workspace, IdempotentAnswer) == 6
