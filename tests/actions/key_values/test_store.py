from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from actions.key_values import store
from actions.key_values.store import Put
from actions.models import KeyValue, RecordedEffect
from core import tenancy
from core.errors import MalformedError, TooLargeError
from core.models import Workspace
from tests import factories
from tests.races import at_once

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)


def value(key: str = "k") -> Any:
    found = store.find("default", key)
    return found.value if found else "absent"


@pytest.mark.parametrize("kept", [None, 0, "", [], {"a": [1, 2.5, "é", None, True]}, 10**30])
def test_a_value_is_read_as_it_was_kept(scope: Workspace, kept: Any) -> None:
    store.put("default", "k", Put(kept))

    assert value() == kept


def test_workspaces_and_namespaces_do_not_see_each_other(scope: Workspace, other_workspace: Workspace) -> None:
    store.put("a", "k", Put(1))
    with tenancy.scope(other_workspace.pk):
        store.put("a", "k", Put(2))

    found = store.find("a", "k")
    assert found is not None
    assert found.value == 1
    assert store.find("b", "k") is None


def test_a_value_that_has_expired_is_absent_at_once_and_its_row_goes_later(scope: Workspace) -> None:
    with time_machine.travel(BEGIN, tick=False) as clock:
        store.put("default", "k", Put(1, expires_in_seconds=10))
        clock.move_to(BEGIN + timedelta(seconds=9.999))
        before = value()
        clock.move_to(BEGIN + timedelta(seconds=10))
        after = value()
        store.put("default", "new", Put(2, if_version=store.ABSENT))
        with tenancy.unscoped("as the task does"):
            swept = store.sweep()

    assert (before, after, swept) == (1, "absent", 1)
    assert [row.key for row in KeyValue.objects.all()] == ["new"]


def test_an_expired_row_takes_a_new_value_as_if_it_were_not_there(scope: Workspace) -> None:
    with time_machine.travel(BEGIN, tick=False) as clock:
        store.put("default", "k", Put(increment=5, expires_in_seconds=1))
        clock.move_to(BEGIN + timedelta(seconds=2))
        counted = store.put("default", "k", Put(increment=1, if_version=store.ABSENT))

    assert (counted.value, counted.expires_at) == (1, None)


def test_a_counter_keeps_the_end_that_it_began_with(scope: Workspace) -> None:
    with time_machine.travel(BEGIN, tick=False) as clock:
        begun = store.put("default", "k", Put(increment=1, expires_in_seconds=60))
        clock.move_to(BEGIN + timedelta(seconds=30))
        counted = store.put("default", "k", Put(increment=1, expires_in_seconds=60))

    assert (counted.value, counted.expires_at) == (2, begun.expires_at)


def test_a_version_does_not_come_again_after_the_key_was_gone(scope: Workspace) -> None:
    first = store.put("default", "k", Put("mine"))
    store.delete("default", "k")
    second = store.put("default", "k", Put("theirs"))

    with pytest.raises(store.VersionConflictError):
        store.put("default", "k", Put("lost", if_version=first.version))

    assert second.version > first.version
    assert value() == "theirs"


@pytest.mark.parametrize("kept", ["a", True, None, [1], {"a": 1}])
def test_only_numbers_are_incremented(scope: Workspace, kept: Any) -> None:
    store.put("default", "k", Put(kept))

    with pytest.raises(store.NotANumberError):
        store.put("default", "k", Put(increment=1))

    assert value() == kept


@pytest.mark.parametrize(("kept", "increment"), [(2**63 - 1, 1), (-(2**63) + 1, -1), (1e308, 1e308)])
def test_a_sum_beyond_64_bits_is_refused(scope: Workspace, kept: Any, increment: Any) -> None:
    store.put("default", "k", Put(kept))

    with pytest.raises(store.NotANumberError, match="64 bits"):
        store.put("default", "k", Put(increment=increment))


def test_a_value_of_more_than_is_kept_changes_nothing(scope: Workspace) -> None:
    largest = "x" * (256 * 1024 - 2)
    store.put("default", "k", Put(largest))

    with pytest.raises(TooLargeError):
        store.put("default", "k", Put(largest + "x"))
    with pytest.raises(MalformedError):
        store.put("default", "k", Put(float("nan")))

    assert value() == largest


def test_more_keys_than_are_kept_are_refused_but_old_ones_change(scope: Workspace, settings: Settings) -> None:
    settings.SEQUITUR_MAX_KEY_VALUES = 2
    store.put("default", "a", Put(1))
    store.put("other", "b", Put(1))

    with pytest.raises(store.TooManyKeysError, match="keeps 2 values"):
        store.put("default", "c", Put(1))
    store.put("default", "a", Put(2))
    store.delete("other", "b")
    store.put("default", "c", Put(3))

    assert (value("a"), value("c")) == (2, 3)


def test_another_attempt_changes_nothing_and_returns_the_same(scope: Workspace) -> None:
    first = store.put("default", "k", Put(increment=1), idempotency_key="run:count:0")
    store.put("default", "k", Put(increment=10), idempotency_key="run:other:0")
    again = store.put("default", "k", Put(increment=1), idempotency_key="run:count:0")

    assert again == first
    assert value() == 11


def test_another_attempt_to_delete_leaves_what_was_kept_since(scope: Workspace) -> None:
    store.put("default", "k", Put(1))
    first = store.delete("default", "k", idempotency_key="run:forget:0")
    store.put("default", "k", Put(2))

    assert (first, store.delete("default", "k", idempotency_key="run:forget:0")) == (True, True)
    assert value() == 2


def test_a_change_that_fails_is_not_noted(scope: Workspace) -> None:
    with pytest.raises(store.VersionConflictError):
        store.put("default", "k", Put(1, if_version=5), idempotency_key="run:set:0")

    assert not RecordedEffect.objects.exists()
    assert value() == "absent"


def test_the_note_of_a_value_does_not_keep_it_twice(scope: Workspace) -> None:
    first = store.put("default", "k", Put("x" * 1000), idempotency_key="run:set:0")

    assert store.put("default", "k", Put("x" * 1000), idempotency_key="run:set:0") == first
    assert RecordedEffect.objects.get().result["value"] is None


@pytest.mark.django_db(transaction=True)
def test_as_many_increments_as_were_made_are_counted() -> None:
    workspace = factories.WorkspaceFactory.create()

    def count(number: int) -> None:
        with tenancy.scope(workspace.pk):
            for each in range(5):
                store.put("default", "k", Put(increment=1), idempotency_key=f"run:{number}:{each}")

    at_once(count, threads=8)

    with tenancy.scope(workspace.pk):
        assert value() == 40


@pytest.mark.django_db(transaction=True)
def test_one_of_many_attempts_of_one_action_counts() -> None:
    workspace = factories.WorkspaceFactory.create()

    def count(_number: int) -> Any:
        with tenancy.scope(workspace.pk):
            return store.put("default", "k", Put(increment=1), idempotency_key="run:count:0").value

    assert at_once(count, threads=8) == [1] * 8
    with tenancy.scope(workspace.pk):
        assert value() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_there", [False, True])
def test_one_of_many_that_expect_the_same_version_wins(is_there: bool) -> None:
    workspace = factories.WorkspaceFactory.create()
    with tenancy.scope(workspace.pk):
        version = store.put("default", "k", Put("old")).version if is_there else store.ABSENT

    def take(number: int) -> bool:
        with tenancy.scope(workspace.pk):
            try:
                store.put("default", "k", Put(number, if_version=version))
            except store.VersionConflictError:
                return False
            return True

    won = at_once(take, threads=8)

    with tenancy.scope(workspace.pk):
        assert won.count(True) == 1
        assert value() == won.index(True)
