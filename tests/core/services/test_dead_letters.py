"""Letters: written once, closed once, told of, and kept to their workspace."""

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import redis
from django.db import OperationalError
from django.utils import timezone

from core import dead_queues, ids, tenancy
from core.errors import ConflictError, InvalidError
from core.models import AuditEntry, DeadLetter, LetterKind, LetterStatus, Workspace
from core.redrivers import redrivers
from core.registry import Restore
from core.selectors.dead_letters import Filters
from core.services import dead_letters, redriving
from core.services.dead_letters import Death
from tests import factories, races, rivals
from triggers.models import Event
from triggers.services import failures

pytestmark = pytest.mark.django_db

SOURCE = ids.new_id()


class Redriven:
    """A redriver that counts, and that may refuse."""

    def __init__(self) -> None:
        self.sources: list[str] = []
        self.refusal = ""
        self.outage = ""

    def __call__(self, letter: DeadLetter, *, by: str, reason: str) -> None:
        if self.refusal:
            raise ConflictError(self.refusal)
        if self.outage:
            raise OperationalError(self.outage)
        self.sources.append(f"{letter.source_id} by {by}: {reason}")


@pytest.fixture
def redriven() -> Iterator[Redriven]:
    restore: Restore = redrivers.snapshot()
    redrivers.unregister(LetterKind.ACTION)
    yield redrivers.register(LetterKind.ACTION, Redriven())  # type: ignore[misc]  # what was registered
    restore()


def buried(code: str = "refused", *, attempts: int = 3, source: UUID = SOURCE, message: str = "No.") -> DeadLetter:
    """The open letter of an action of the workspace in scope."""
    dead_letters.bury(Death(LetterKind.ACTION, source, code, message, attempts=attempts, payload={"token": "abcdef"}))
    return DeadLetter.objects.get(source_id=source, status__in=dead_letters.UNDEALT)


def test_a_letter_says_why_and_hides_secrets(scope: Workspace) -> None:
    letter = buried(message="postgres://me:hunter22@db failed")

    assert (letter.workspace_id, letter.kind, letter.status, letter.attempts) == (scope.pk, "action", "open", 3)
    assert letter.message == "postgres://me:[redacted]@db failed"
    assert letter.payload == {"token": "[redacted]"}


def test_what_dies_again_before_somebody_looked_has_one_letter(scope: Workspace) -> None:
    first, second = buried(attempts=3), buried("timeout", attempts=4)

    assert (first.pk, second.code, second.attempts) == (second.pk, "timeout", 4)
    assert DeadLetter.objects.count() == 1


def test_what_dies_again_after_it_was_tried_again_has_another_letter(scope: Workspace, redriven: Redriven) -> None:
    first = buried()
    redriving.redrive(first.pk, by="ada")

    assert buried().pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_the_brokers_tools_see_the_ids_of_a_letter_and_a_bounded_number_of_them(
    scope: Workspace, empty_broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_queues, "MAX_SHELVED", 2)
    letters = [buried(source=ids.new_id()) for _ in range(3)]

    shelved = [json.loads(each)["headers"]["x-sequitur-letter"] for each in empty_broker.lrange("workflows-dlq", 0, -1)]
    assert shelved == [str(letters[2].pk), str(letters[1].pk)]


def test_redriving_twice_is_once_and_is_audited(scope: Workspace, redriven: Redriven) -> None:
    letter = buried()

    again = [redriving.redrive(letter.pk, by="ada", reason="fixed") for _ in range(2)]

    assert redriven.sources == [f"{SOURCE} by ada: fixed"]
    assert {(row.status, row.resolved_by, row.reason) for row in again} == {("redriven", "ada", "fixed")}
    entry = AuditEntry.objects.get(target="dead_letter")
    assert (entry.action, entry.actor, entry.target_id, entry.reason) == (
        "dead_letter.redriven", "ada", letter.pk, "fixed",
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_redriving_at_once_is_once(scope: Workspace, redriven: Redriven) -> None:
    letter = buried()

    def redrive(number: int) -> str:
        with tenancy.scope(scope.pk):
            return redriving.redrive(letter.pk, by=f"person {number}").status

    assert races.at_once(redrive, threads=4) == ["redriven"] * 4
    assert AuditEntry.objects.filter(target="dead_letter").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_that_redrive_one_letter_one_does(workspace: Workspace) -> None:
    event = factories.event(workspace)
    failures.give_up(event.pk, code="worker_lost", message="It ended its worker.")
    with tenancy.scope(workspace.pk):
        letter = DeadLetter.objects.get()
    said = rivals.race(f"""
from uuid import UUID
from core import tenancy
from core.services import redriving
with tenancy.scope(UUID("{workspace.pk}")):
    print(redriving.redrive(UUID("{letter.pk}"), by=f"person {{number}}").status)
""")

    assert [each.strip() for each in said] == ["redriven"] * 2
    with tenancy.scope(workspace.pk):
        assert Event.objects.get().dead_at is None
        assert AuditEntry.objects.filter(action="dead_letter.redriven").count() == 1


def test_what_cannot_be_tried_again_stays_open(scope: Workspace, redriven: Redriven) -> None:
    letter, redriven.refusal = buried(), "The run is gone."

    with pytest.raises(ConflictError, match="gone"):
        redriving.redrive(letter.pk, by="ada")

    assert DeadLetter.objects.get().status == "open"
    assert not AuditEntry.objects.filter(target="dead_letter").exists()


def test_a_letter_is_discarded_for_a_reason_and_stays_readable(scope: Workspace, redriven: Redriven) -> None:
    letter = buried()
    with pytest.raises(InvalidError, match="Say why"):
        redriving.discard(letter.pk, by="ada", reason=" ")

    rows = [redriving.discard(letter.pk, by="ada", reason="a test order") for _ in range(2)]

    assert {(row.status, row.reason, row.message) for row in rows} == {("discarded", "a test order", "No.")}
    assert AuditEntry.objects.filter(target="dead_letter").count() == 1
    with pytest.raises(ConflictError, match="discarded"):
        redriving.redrive(letter.pk, by="ada")
    assert redriven.sources == []


def test_a_letter_is_closed_by_who_retries_its_run(scope: Workspace) -> None:
    buried()

    done = [dead_letters.settled("action", SOURCE, by="ada", reason="retried") for _ in range(2)]

    assert done == [True, False]
    assert DeadLetter.objects.get().status == "redriven"


def test_many_are_spread_in_time_and_none_twice(scope: Workspace, redriven: Redriven) -> None:
    letters = [buried(source=ids.new_id()) for _ in range(3)]
    buried("other", source=ids.new_id())
    filters = Filters(code="refused")

    seen = redriving.preview(filters, per_second=2)
    planned = redriving.schedule(filters, per_second=2, by="ada", reason="fixed")
    again = redriving.schedule(filters, per_second=2, by="ada")

    assert (seen.matching, seen.scheduled, planned.scheduled, again.scheduled) == (3, 3, 3, 0)
    rows = DeadLetter.objects.filter(status=LetterStatus.REDRIVING).order_by("redrive_at")
    assert [row.pk for row in rows] == [letter.pk for letter in letters]
    times = [row.redrive_at for row in rows if row.redrive_at]
    assert [(each - times[0]).total_seconds() for each in times] == [0, 0.5, 1]
    assert (times[-1] - planned.last_at).total_seconds() == 0 if planned.last_at else False


def test_the_sweep_does_those_whose_time_has_come_once(scope: Workspace, redriven: Redriven) -> None:
    for _ in range(3):
        buried(source=ids.new_id())
    redriving.schedule(Filters(), per_second=0.001, by="ada", reason="fixed")

    assert [redriving.sweep(), redriving.sweep(), len(redriven.sources)] == [1, 0, 1]
    DeadLetter.objects.filter(status="redriving").update(redrive_at=timezone.now())
    assert [redriving.sweep(), redriving.sweep(), len(redriven.sources)] == [2, 0, 3]


def test_one_that_the_sweep_cannot_try_is_open_again_and_says_why(scope: Workspace, redriven: Redriven) -> None:
    letter, redriven.refusal = buried(), "The run is gone."
    redriving.schedule(Filters(), per_second=10, by="ada")

    redriving.sweep()

    letter.refresh_from_db()
    assert (letter.status, letter.redrive_at) == ("open", None)
    assert letter.reason == "It could not be tried again: The run is gone."


def test_one_that_the_database_kept_from_being_tried_is_tried_later(scope: Workspace, redriven: Redriven) -> None:
    letter, redriven.outage = buried(), "deadlock detected"
    redriving.schedule(Filters(), per_second=10, by="ada", reason="fixed")

    redriving.sweep()

    letter.refresh_from_db()
    assert (letter.status, letter.resolved_by, letter.reason) == ("redriving", "ada", "fixed")
    assert letter.redrive_at is not None
    assert letter.redrive_at > timezone.now() + timedelta(seconds=redriving.AGAIN_SECONDS / 2)


def test_no_workspace_sees_the_letters_of_another_or_of_none(scope: Workspace, other_workspace: Workspace) -> None:
    with tenancy.scope(other_workspace.pk):
        buried()
    with tenancy.unscoped("letters of messages belong to no workspace"):
        DeadLetter.objects.create(kind="message", source_id=ids.new_id(), code="undecodable", created_at=timezone.now())

    assert DeadLetter.objects.count() == 0
    with tenancy.unscoped("a test"):
        assert DeadLetter.objects.count() == 2
