"""Repairs are paused, resumed and cancelled, at any time, and asked twice as if asked once."""

from collections.abc import Callable

import pytest

from core.errors import ConflictError
from core.models import Workspace
from tests.workflows.services.bulk.doing import audited, counts, requested, steps, waiting_runs
from workflows.models import Repair, Run
from workflows.services.bulk import steering
from workflows.services.bulk.working import Step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


def test_nothing_begins_after_a_pause_and_a_resume_goes_on_where_it_was(workspace: Workspace) -> None:
    waiting_runs(workspace, 3)
    repair = requested(expected=3)
    steps(repair, 1)

    steering.pause(repair.pk, by="Ada", reason="lunch")
    assert steps(repair) == [Step.LEAVES]
    assert (repair.status, repair.status_reason, repair.due_at, counts(repair)) == ("paused", "lunch", None, (1, 0, 0))
    steering.resume(repair.pk, by="Bob")
    steps(repair)

    assert (repair.status, counts(repair)) == ("completed", (3, 0, 0))
    (paused,), (resumed,) = audited("repair.paused"), audited("repair.resumed")
    assert (paused.actor, paused.reason, paused.before) == ("Ada", "lunch", {"status": "running"})
    assert (resumed.actor, resumed.before) == ("Bob", {"status": "paused"})


def test_what_was_not_begun_is_paused_and_pending_again(workspace: Workspace) -> None:
    waiting_runs(workspace, 1)
    repair = requested(expected=1)

    assert steering.pause(repair.pk, by="Ada").status == "paused"
    assert steering.resume(repair.pk, by="Ada").status == "pending"


def test_a_cancelled_one_leaves_the_rest_as_it_is(workspace: Workspace) -> None:
    waiting_runs(workspace, 2)
    repair = requested(expected=2)
    steps(repair, 1)

    steering.cancel(repair.pk, by="Ada", reason="enough")

    assert steps(repair) == [Step.LEAVES]
    assert (repair.status, counts(repair), repair.pending) == ("cancelled", (1, 0, 0), 1)
    assert repair.finished_at is not None
    assert list(Run.objects.order_by("pk").values_list("status", flat=True)) == ["cancelled", "waiting"]


@pytest.mark.parametrize(
    ("act", "word"), [(steering.pause, "paused"), (steering.cancel, "cancelled")], ids=["pause", "cancel"]
)
def test_twice_is_once(workspace: Workspace, act: Callable[..., Repair], word: str) -> None:
    waiting_runs(workspace, 1)
    repair = requested(expected=1)

    first, second = act(repair.pk, by="Ada"), act(repair.pk, by="Bob")

    assert (first.status, second.status, len(audited(f"repair.{word}"))) == (word, word, 1)


def test_resuming_what_goes_changes_nothing(workspace: Workspace) -> None:
    waiting_runs(workspace, 1)
    repair = requested(expected=1)

    assert steering.resume(repair.pk, by="Ada").status == "pending"
    assert audited("repair.resumed") == []


@pytest.mark.parametrize("act", [steering.pause, steering.resume, steering.cancel], ids=lambda each: each.__name__)
def test_what_has_completed_is_not_steered(workspace: Workspace, act: Callable[..., Repair]) -> None:
    waiting_runs(workspace, 1)
    repair = requested(expected=1)
    steps(repair)

    with pytest.raises(ConflictError, match="The repair is completed; there is nothing to"):
        act(repair.pk, by="Ada")
    repair.refresh_from_db()
    assert repair.status == "completed"
