"""What controls count: made once, locked in one order, stored when it was changed."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from tests import factories, races
from workflows.models import FlowState
from workflows.services import recovery
from workflows.services.flow import states
from workflows.services.flow.states import Key

LATER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.django_db
def test_a_state_is_kept_under_its_key_and_only_when_it_was_changed(workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    mine, other = Key(workflow.pk, "rate_limit", "a"), Key(None, "rate_limit", "a")
    with tenancy.scope(workspace.pk):
        found = states.locked([mine, other])
        for state in found.values():
            state.values = {"count": 1}
        found[mine].touch(expires_at=LATER)
        states.save(found.values())

        again = states.locked([mine, other])

    assert again[mine].values == {"count": 1}
    assert (again[mine].expires_at, again[other].values) == (LATER, {})


@pytest.mark.django_db
def test_a_key_of_any_length_fits(workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        states.locked([Key(None, "dedupe", "x" * 100_000)])

        assert FlowState.objects.get().label == "x" * 200


@pytest.mark.django_db(transaction=True)
def test_many_at_once_count_every_one_in_whatever_order_they_ask(workspace: Workspace) -> None:
    keys = [Key(None, control, text) for control in ("rate_limit", "dedupe", "ratelimit") for text in "abc"]

    def count(number: int) -> None:
        for _ in range(5):
            mixed = random.Random(number).sample(keys, k=len(keys))
            with tenancy.scope(workspace.pk), transaction.atomic():
                found = states.locked(mixed)
                for state in found.values():
                    state.values = {"count": state.values.get("count", 0) + 1}
                    state.touch(expires_at=None)
                states.save(found.values())

    races.at_once(count, threads=6)

    with tenancy.scope(workspace.pk):
        assert [row.state for row in FlowState.objects.all()] == [{"count": 30}] * len(keys)


def kept(workspace: Workspace, *ages_seconds: float | None) -> None:
    """A state for each, over for so long; None: it never is."""
    workflow = factories.published(workspace)
    made = states.locked([Key(workflow.pk, "cooldown", str(age)) for age in ages_seconds])
    for age, state in zip(ages_seconds, made.values(), strict=True):
        state.values = {"age": age}
        state.touch(expires_at=None if age is None else timezone.now() - timedelta(seconds=age))
    states.save(made.values())


@pytest.mark.django_db
@pytest.mark.usefixtures("scope")
def test_what_is_over_is_deleted_in_batches_and_the_rest_is_kept(workspace: Workspace) -> None:
    kept(workspace, *sorted([120, 121, 122]), None)

    assert [states.forget_over(at_most=2) for _ in range(3)] == [2, 1, 0]
    assert FlowState.objects.get().state == {"age": None}


@pytest.mark.django_db
@pytest.mark.usefixtures("scope")
def test_what_was_over_a_moment_ago_is_kept_since_clocks_differ(workspace: Workspace) -> None:
    kept(workspace, 30)

    assert states.forget_over(at_most=500) == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("scope")
def test_the_sweep_deletes_what_is_over(workspace: Workspace) -> None:
    kept(workspace, 3600)

    recovery.sweep()
    recovery.sweep()

    assert not FlowState.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("scope")
def test_a_state_that_is_deleted_while_it_is_asked_for_is_made_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(workspace, 3600)
    key = Key(factories.published(workspace, factories.definition(name="B")).pk, "cooldown", "x")
    make, made = states._make, []

    def make_late(keys: dict[states.Address, str]) -> None:
        make(keys)
        made.append(len(keys))
        if len(made) == 1:
            FlowState.objects.all().delete()

    monkeypatch.setattr(states, "_make", make_late)

    assert list(states.locked([key])) == [key]
    assert made == [1, 1]


@pytest.mark.django_db
def test_a_state_in_which_nothing_was_counted_is_forgotten_too(workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    with tenancy.scope(workspace.pk):
        states.locked([Key(workflow.pk, "rate_limit", "refused by another")])
        states.locked_again(workflow.pk, [("concurrency", "of a lane")])

        within_the_hour = timezone.now() + states.KEPT_UNUSED
        assert FlowState.objects.filter(expires_at__lte=within_the_hour).count() == 2


@pytest.mark.parametrize("text", ["", "acme", "x" * states.MAX_KEY_CHARACTERS])
def test_a_key_that_is_no_longer_than_is_kept_stays_as_it_is(text: str) -> None:
    assert states.bounded(text) == text


def test_a_longer_key_is_kept_as_its_beginning_and_is_still_another_than_others() -> None:
    first, second = states.bounded("x" * 250_000), states.bounded("x" * 249_999 + "y")

    assert (len(first), first[:967]) == (states.MAX_KEY_CHARACTERS, "x" * 967)
    assert first != second


def test_what_cannot_be_stored_in_a_key_is_replaced_and_still_tells_keys_apart() -> None:
    found = {states.bounded(text) for text in ("a\0", "a\ud800", "a\ud801", "a\N{REPLACEMENT CHARACTER}")}

    assert len(found) == 4
    assert not any("\0" in text or "\ud800" in text for text in found)
