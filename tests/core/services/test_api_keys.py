import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from core import tenancy
from core.errors import ConflictError
from core.models import ApiKey, Role, Workspace
from core.services import api_keys
from tests import races


def test_a_key_is_issued_once_and_stored_as_a_hash(workspace: Workspace) -> None:
    row, key = api_keys.issue(workspace, name="ci", role=Role.EDITOR)

    assert re.fullmatch(r"sq_[A-Za-z0-9]{8}_[A-Za-z0-9]{40}", key)
    assert (row.name, row.role, row.prefix, row.workspace_id) == ("ci", "editor", key[:11], workspace.pk)
    with tenancy.scope(workspace.pk):
        [stored] = ApiKey.objects.values()
    assert key[11:] not in str(stored)


def test_two_keys_are_never_the_same(workspace: Workspace) -> None:
    keys = {api_keys.issue(workspace, name="ci", role=Role.VIEWER)[1] for _ in range(20)}

    assert len(keys) == 20


def test_a_key_is_recognised_with_its_workspace(workspace: Workspace) -> None:
    row, key = api_keys.issue(workspace, name="ci", role=Role.VIEWER)

    found = api_keys.recognise(key)

    assert found == row
    assert found is not None
    assert found.workspace == workspace


@pytest.mark.parametrize("change", ["", "x", " ", "\0", "\ud800", "é"], ids=repr)
def test_any_other_text_is_not_recognised(workspace: Workspace, change: str) -> None:
    _, key = api_keys.issue(workspace, name="ci", role=Role.VIEWER)
    change = "y" if change == key[-1] else change

    assert api_keys.recognise(key[:-1] + change) is None
    assert change == "" or api_keys.recognise(key + change) is None


def test_a_key_expires_at_its_instant(workspace: Workspace) -> None:
    end = datetime(2026, 1, 31, 12, tzinfo=UTC)
    _, key = api_keys.issue(workspace, name="ci", role=Role.VIEWER, expires_at=end)

    with time_machine.travel(end - timedelta(microseconds=1), tick=False):
        assert api_keys.recognise(key) is not None
    with time_machine.travel(end, tick=False):
        assert api_keys.recognise(key) is None


def test_a_revoked_key_is_not_recognised(workspace: Workspace) -> None:
    row, key = api_keys.issue(workspace, name="ci", role=Role.VIEWER)
    row.revoked_at = timezone.now()
    with tenancy.scope(workspace.pk):
        row.save(update_fields=["revoked_at"])

    assert api_keys.recognise(key) is None


def test_recognising_needs_no_scope_and_leaves_none(workspace: Workspace) -> None:
    _, key = api_keys.issue(workspace, name="ci", role=Role.VIEWER)

    api_keys.recognise(key)

    with pytest.raises(tenancy.NoScopeError):
        ApiKey.objects.count()


def test_storing_a_key_twice_changes_nothing(workspace: Workspace) -> None:
    first = api_keys.store(workspace, key="sq_made_elsewhere", name="bootstrap", role=Role.ADMIN)

    second = api_keys.store(workspace, key="sq_made_elsewhere", name="other", role=Role.VIEWER)

    assert (second.pk, second.name, second.role) == (first.pk, "bootstrap", "admin")
    with tenancy.scope(workspace.pk):
        assert ApiKey.objects.count() == 1


def test_a_key_of_one_workspace_is_not_stored_in_another(workspace: Workspace, other_workspace: Workspace) -> None:
    api_keys.store(workspace, key="sq_made_elsewhere", name="bootstrap", role=Role.ADMIN)

    with pytest.raises(ConflictError, match="belongs to another workspace"):
        api_keys.store(other_workspace, key="sq_made_elsewhere", name="bootstrap", role=Role.ADMIN)

    found = api_keys.recognise("sq_made_elsewhere")
    assert found is not None
    assert found.workspace == workspace


@pytest.mark.parametrize(
    ("key", "prefix"), [("secret", "s"), ("abc", ""), ("x" * 20, "x" * 5), ("y" * 44, "y" * 11), ("z" * 200, "z" * 11)]
)
def test_the_prefix_shows_a_quarter_of_a_key_at_most(workspace: Workspace, key: str, prefix: str) -> None:
    assert api_keys.store(workspace, key=key, name="bootstrap", role=Role.ADMIN).prefix == prefix


@pytest.mark.django_db(transaction=True)
def test_many_who_store_one_key_at_once_store_one_row(workspace: Workspace) -> None:
    rows = races.at_once(
        lambda _: api_keys.store(workspace, key="sq_made_elsewhere", name="bootstrap", role=Role.ADMIN), threads=10
    )

    assert len({row.pk for row in rows}) == 1
