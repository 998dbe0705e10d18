"""A request that is sent again with its key is answered with the first answer, and does nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from core import tenancy
from core.models import ApiKey, AuditEntry, IdempotentAnswer, Role, Secret, Workspace
from core.services import answers, api_keys
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import refused
from triggers.services import matching
from workflows.models import Run

URL = "/api/v1/secrets/"
BODY = {"name": "token", "value": "tok-1"}


def post(api: APIClient, key: str, body: dict[str, Any] | None = None, url: str = URL) -> Any:
    return api.post(url, BODY if body is None else body, format="json", headers={"Idempotency-Key": key})


def rows(workspace: Workspace) -> tuple[int, int, int]:
    """Secrets, what the trail says of them, and answers that are kept."""
    with tenancy.scope(workspace.pk):
        trail = AuditEntry.objects.filter(target="secret", reason="", after__name="token")
        return Secret.objects.filter(name="token").count(), trail.count(), IdempotentAnswer.objects.count()


def test_sent_again_it_is_answered_with_the_first_answer(api: APIClient, workspace: Workspace) -> None:
    first, second = post(api, "k1"), post(api, "k1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert ("Idempotency-Replayed" in first.headers, second["Idempotency-Replayed"]) == (False, "true")
    assert rows(workspace) == (1, 1, 1)


def test_a_key_is_of_one_request_alone(api: APIClient, workspace: Workspace) -> None:
    post(api, "k1")

    refused(post(api, "k1", {**BODY, "value": "tok-2"}), status=422, code="idempotency_key_reused")
    refused(post(api, "k1", {}, "/api/v1/workflows/"), status=422, code="idempotency_key_reused")
    assert rows(workspace) == (1, 1, 1)


def test_keys_of_two_callers_are_two(client_for: ClientFor, workspace: Workspace, other_workspace: Workspace) -> None:
    first, second, stranger = client_for(workspace), client_for(workspace), client_for(other_workspace)

    answered = [post(each, "k1").status_code for each in (first, second, stranger)]

    assert answered == [201, 200, 201]  # the second replaced the value
    assert (rows(workspace), rows(other_workspace)) == ((1, 2, 2), (1, 1, 1))


def test_keys_that_were_made_elsewhere_and_begin_alike_are_two_callers(workspace: Workspace) -> None:
    answered = []
    for key in ("sq_dev_aaaaaaaa", "sq_dev_bbbbbbbb"):
        api_keys.store(workspace, key=key, name=key, role=Role.ADMIN)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        answered.append(post(client, "k1", {"name": "ci", "role": "viewer"}, "/api/v1/api-keys/").json()["key"])

    assert answered[0] != answered[1]


def test_what_was_refused_may_be_sent_again(api: APIClient, workspace: Workspace) -> None:
    refused(post(api, "k1", {"name": "token", "value": ""}), status=400, code="invalid")

    assert rows(workspace) == (0, 0, 0)
    assert post(api, "k1").status_code == 201


def test_what_fails_before_the_answer_is_kept_was_not_done(
    api: APIClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the process is gone")

    with monkeypatch.context() as patch:
        patch.setattr(IdempotentAnswer, "save", crash)
        api.raise_request_exception = False
        assert post(api, "k1").status_code == 500

    assert rows(workspace) == (0, 0, 0)
    assert post(api, "k1").status_code == 201


def test_nothing_that_was_answered_is_kept_in_clear(api: APIClient, workspace: Workspace) -> None:
    post(api, "k1")

    with tenancy.scope(workspace.pk):
        row = IdempotentAnswer.objects.values().get()
    assert not [name for name, value in row.items() if '"name"' in str(value) or "tok-1" in str(value)]


def test_after_a_day_a_key_is_new_and_its_answer_is_swept(api: APIClient, workspace: Workspace) -> None:
    post(api, "k1")
    post(api, "k2", {**BODY, "value": "tok-2"})
    with tenancy.scope(workspace.pk):
        IdempotentAnswer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert "Idempotency-Replayed" not in post(api, "k1").headers
    assert rows(workspace)[2] == 2
    assert answers.sweep() == 1
    assert rows(workspace)[2] == 1


def test_a_key_that_is_none_is_refused(api: APIClient, workspace: Workspace) -> None:
    problems = refused(post(api, "k" * 256), status=400, code="invalid")

    assert problems[0]["path"] == "/idempotency_key"
    assert rows(workspace) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_about_it_the_second_is_told_to_wait(api: APIClient, workspace: Workspace) -> None:
    with tenancy.unscoped("the test looks for the caller's name"):
        row = ApiKey.objects.get()
    other = connections.create_connection("default")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            name = f"answer {workspace.pk} key {row.prefix} {row.pk} k1"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])

        answer = post(api, "k1")
        refused(answer, status=409, code="in_progress")
        assert answer["Retry-After"] == "1"

        other.rollback()
        assert post(api, "k1").status_code == 201
    finally:
        other.close()


def test_the_first_answer_is_given_again_with_its_headers(api: APIClient, workspace: Workspace) -> None:
    body = {"definition": {"name": "greet"}}
    first, again = (post(api, "k1", body, "/api/v1/workflows/") for _ in range(2))

    assert first["ETag"].startswith('"r1.')
    assert {**again.headers, "X-Request-Id": ""} == {
        **first.headers, "X-Request-Id": "", "Idempotency-Replayed": "true", "RateLimit": again["RateLimit"]
    }  # fmt: skip


def test_a_key_that_is_shown_once_is_kept_from_caches_again(api: APIClient, workspace: Workspace) -> None:
    first, again = (post(api, "k1", {"name": "shop", "role": "viewer"}, "/api/v1/api-keys/") for _ in range(2))

    assert again.json() == first.json()
    assert (again["Idempotency-Replayed"], again["Cache-Control"]) == ("true", "no-store")


def test_a_change_from_another_state_is_another_request(api: APIClient, workspace: Workspace) -> None:
    row = factories.published(workspace)
    url, tag = f"/api/v1/workflows/{row.pk}/publish/", {"Idempotency-Key": "k1"}

    assert api.post(url, {}, format="json", headers={**tag, "If-Match": "*"}).status_code == 200
    refused(
        api.post(url, {}, format="json", headers={**tag, "If-Match": '"r9.x"'}),
        status=422,
        code="idempotency_key_reused",
    )


def test_a_key_costs_six_statements(
    api: APIClient, workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    post(api, "k0")

    with CaptureQueriesContext(connection) as plain:
        api.post(URL, {**BODY, "name": "a"}, format="json")
    # The lock, the look, the answer; how many there are (a lock, the limits, the number); and its own savepoint.
    with django_assert_num_queries(len(plain) + 6 + 2):
        post(api, "k1", {**BODY, "name": "b"})


ASKING: list[tuple[str, dict[str, Any]]] = [
    ("workflows/greet/test/", {"event": {"type": "lead.created"}}),
    ("workflows/greet/tests/run/", {}),
    ("workflows/greet/explain/", {"event": {"type": "lead.created"}}),
    ("workflows/greet/publish/preview/", {}),
    ("workflows/greet/rollback/preview/", {"version": 1}),
    ("expressions/render/", {"template": "{{ 1 }}"}),
    ("triggers/preview/", {"type": "schedule", "params": {"cron": "0 9 * * *"}}),
    ("dead-letters/redrive/", {"filters": {}, "preview": True}),
    ("workflow-runs/{run}/retry/?preview=true", {}),
]


def test_what_only_asks_keeps_no_answer_and_holds_no_transaction(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace)
    matching.match(factories.event(workspace).pk)
    with tenancy.scope(workspace.pk):
        run = Run.objects.get().pk

    for path, body in ASKING:
        url = f"/api/v1/{path.format(run=run)}"
        post(api, "warm", body, url)  # what is kept in the process is
        with CaptureQueriesContext(connection) as plain:
            answer = api.post(url, body, format="json")
        with CaptureQueriesContext(connection) as keyed:
            again = post(api, "k1", body, url)

        assert (answer.status_code, again.status_code) == (200, 200), (path, answer.json())
        assert len(keyed) == len(plain), path
        assert not any("advisory" in each["sql"] for each in keyed), path
    assert rows(workspace)[2] == 0


@pytest.mark.parametrize("path", ["dead-letters/redrive/", "workflow-runs/bulk/"])
def test_what_is_no_yes_or_no_is_neither_a_preview_nor_done(api: APIClient, path: str) -> None:
    body = {
        "preview": 0,
        **({"operation": "cancel", "filter": {"status": ["waiting"]}, "expected": 1} if "bulk" in path else {}),
    }

    answer = post(api, "k1", body, f"/api/v1/{path}")

    refused(answer, status=400, code="invalid")
    assert [each["path"] for each in answer.json()["errors"]] == ["/preview"]


def test_the_same_without_preview_is_done_once(api: APIClient) -> None:
    url, body = "/api/v1/dead-letters/redrive/", {"filters": {}, "reason": "again"}

    assert "Idempotency-Replayed" not in post(api, "k1", body, url).headers
    assert post(api, "k1", body, url)["Idempotency-Replayed"] == "true"
