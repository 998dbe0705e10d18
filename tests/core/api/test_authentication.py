from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.models import ApiKey, Role, Workspace
from core.services import api_keys, workspaces
from tests import factories
from tests.envelopes import envelope, refused
from triggers.models import Event

URL = "/api/v1/events/"


def with_header(value: str, **more: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=value, **more)
    return client


@pytest.fixture
def user(workspace: Workspace) -> User:
    user: User = factories.UserFactory.create()
    workspaces.add_member(workspace, user=user, role=Role.EDITOR)
    return user


def logged_in(user: User, *, slug: str | None = None, enforce_csrf_checks: bool = False) -> APIClient:
    client = APIClient(enforce_csrf_checks=enforce_csrf_checks)
    client.force_login(user)
    if slug is not None:
        client.credentials(HTTP_X_WORKSPACE=slug)
    return client


def test_nobody_is_told_how_to_say_who_they_are(db: None) -> None:
    answer = APIClient().get(URL)

    refused(answer, status=401, code="unauthenticated")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert envelope(answer)["detail"] == "Say who you are: send an API key as `Authorization: Bearer sq_...`."


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Token abc",
        "Bearer unknown",
        "Bearer sq_12345678_" + "0" * 40,
        "Bearer a b c",
        "Bearer a\0b",
        "Bearer \xe9\xff",
        "Bearer " + "x" * 10_240,
        "Bearer " + "'; DROP TABLE core_apikey; --",
        "\0",
    ],
    ids=lambda header: repr(header[:20]),
)
def test_any_other_header_is_refused(db: None, header: str) -> None:
    refused(with_header(header).get(URL), status=401, code="unauthenticated")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_a_key_is_accepted_with_any_spelling_of_the_scheme(workspace: Workspace, scheme: str) -> None:
    assert with_header(f"{scheme} {factories.api_key(workspace)}").get(URL).status_code == 200


def test_a_key_of_lesser_length_or_with_another_case_is_another_key(workspace: Workspace) -> None:
    key = factories.api_key(workspace)

    refused(with_header(f"Bearer {key[:-1]}").get(URL), status=401, code="unauthenticated")
    refused(with_header(f"Bearer {key.swapcase()}").get(URL), status=401, code="unauthenticated")


@pytest.mark.parametrize(
    ("field", "seconds", "status"),
    [("revoked_at", -1, 401), ("expires_at", -1, 401), ("expires_at", 60, 200)],
    ids=["revoked", "expired", "expires later"],
)
def test_a_revoked_or_expired_key_is_refused_at_once(
    workspace: Workspace, field: str, seconds: int, status: int
) -> None:
    client = with_header(f"Bearer {factories.api_key(workspace)}")
    assert client.get(URL).status_code == 200

    with tenancy.scope(workspace.pk):
        ApiKey.objects.update(**{field: timezone.now() + timedelta(seconds=seconds)})

    assert client.get(URL).status_code == status


def test_a_key_may_name_its_workspace_and_no_other(workspace: Workspace, other_workspace: Workspace) -> None:
    key = factories.api_key(workspace)

    own = with_header(f"Bearer {key}", HTTP_X_WORKSPACE=workspace.slug).get(URL)
    foreign = with_header(f"Bearer {key}", HTTP_X_WORKSPACE=other_workspace.slug).get(URL)

    assert own.status_code == 200
    refused(foreign, status=403, code="forbidden")


def last_use(workspace: Workspace) -> datetime | None:
    with tenancy.scope(workspace.pk):
        return ApiKey.objects.get().last_used_at


def test_the_last_use_of_a_key_is_written_at_most_once_a_minute(workspace: Workspace) -> None:
    client = with_header(f"Bearer {factories.api_key(workspace)}")
    with time_machine.travel("2026-01-31T12:00:00Z", tick=False) as clock:
        assert last_use(workspace) is None
        client.get(URL)
        first = last_use(workspace)
        clock.shift(60)
        client.get(URL)
        within_the_minute = last_use(workspace)
        clock.shift(1)
        client.get(URL)

    assert str(first) == str(within_the_minute) == "2026-01-31 12:00:00+00:00"
    assert str(last_use(workspace)) == "2026-01-31 12:01:01+00:00"


def test_a_refused_key_leaves_no_trace_of_use(workspace: Workspace) -> None:
    _, key = api_keys.issue(workspace, name="x", role=Role.ADMIN, expires_at=timezone.now() - timedelta(seconds=1))

    with_header(f"Bearer {key}").get(URL)

    assert last_use(workspace) is None


def test_a_member_of_one_workspace_need_not_name_it(user: User) -> None:
    assert logged_in(user).get(URL).status_code == 200
    assert logged_in(user, slug="").get(URL).status_code == 200


def test_a_member_of_several_workspaces_has_to_name_one(
    user: User, workspace: Workspace, other_workspace: Workspace
) -> None:
    workspaces.add_member(other_workspace, user=user, role=Role.VIEWER)
    event = factories.event(other_workspace)

    refused(logged_in(user).get(URL), status=403, code="forbidden")
    assert logged_in(user, slug=workspace.slug).get(URL).json()["results"] == []
    found = logged_in(user, slug=other_workspace.slug).get(URL).json()["results"]
    assert [row["uid"] for row in found] == [str(event.pk)]


def test_a_user_without_a_workspace_is_refused(db: None) -> None:
    answer = logged_in(factories.UserFactory.create()).get(URL)

    refused(answer, status=403, code="forbidden")
    assert envelope(answer)["detail"] == "You are in no workspace."


@pytest.mark.parametrize("slug", ["nowhere", "a\0b", "é", "x" * 10_000, "' OR 1=1"], ids=lambda slug: repr(slug[:10]))
def test_a_workspace_that_is_not_the_users_is_refused(user: User, slug: str) -> None:
    answer = logged_in(user, slug=slug).get(URL)

    assert answer.status_code in {400, 403}
    envelope(answer)


def test_a_stranger_learns_nothing_of_a_workspace_that_exists(user: User, other_workspace: Workspace) -> None:
    existing = logged_in(user, slug=other_workspace.slug).get(URL)
    missing = logged_in(user, slug="nowhere").get(URL)

    refused(existing, status=403, code="forbidden")
    assert envelope(existing)["detail"].replace(other_workspace.slug, "nowhere") == envelope(missing)["detail"]


def test_a_session_is_only_believed_with_a_csrf_token(user: User, workspace: Workspace) -> None:
    client = logged_in(user, enforce_csrf_checks=True)
    assert client.get(URL).status_code == 200

    refused(client.post(URL, {"type": "lead.created"}, format="json"), status=403, code="forbidden")

    with tenancy.scope(workspace.pk):
        assert Event.objects.count() == 0


def test_a_session_with_a_csrf_token_may_write(user: User) -> None:
    client = logged_in(user, enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32

    answer = client.post(URL, {"type": "lead.created"}, format="json", headers={"X-CSRFToken": "a" * 32})

    assert answer.status_code == 202


def test_a_key_needs_no_csrf_token(workspace: Workspace) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.api_key(workspace)}")

    assert client.post(URL, {"type": "lead.created"}, format="json").status_code == 202


def test_a_deactivated_user_is_nobody(user: User) -> None:
    client = logged_in(user)
    user.is_active = False
    user.save(update_fields=["is_active"])

    refused(client.get(URL), status=401, code="unauthenticated")


def test_a_superuser_has_no_workspace_by_that(db: None, workspace: Workspace) -> None:
    superuser = factories.UserFactory.create(is_staff=True, is_superuser=True)

    refused(logged_in(superuser, slug=workspace.slug).get(URL), status=403, code="forbidden")
