import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import structlog
from django.db import DatabaseError, connection, transaction

from core import ids, tenancy
from core.models import AuditEntry, Workspace
from core.services import audit, audit_proof, workspaces
from core.services.audit_proof import Head
from tests import races, rivals

pytestmark = pytest.mark.django_db(transaction=True)


def record(action: str = "workflow.paused", **after: Any) -> AuditEntry:
    return audit.record(action, by="user ann", target="workflow", after=after)


@pytest.fixture
def trail(workspace: Workspace) -> list[AuditEntry]:
    """Five entries in transactions of their own, after those of the workspace's making."""
    with tenancy.scope(workspace.pk):
        for number in range(5):
            record("workflow.paused", number=number, half=0.5, large=1e22)
        return list(AuditEntry.objects.order_by("seq"))


def behind_its_back(sql: str) -> None:
    """As somebody who may switch triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)


def problem(workspace: Workspace, noted: Head | None = None) -> str:
    return audit_proof.verify(workspace, noted=noted).problem


def test_entries_are_numbered_and_chained_when_they_are_committed(
    workspace: Workspace, trail: list[AuditEntry]
) -> None:
    numbers = [row.seq for row in trail]

    assert numbers == list(range(1, len(trail) + 1))
    assert [row.prev_hash for row in trail] == ["", *(row.hash for row in trail[:-1])]
    assert audit_proof.verify(workspace) == audit_proof.Proof(Head(len(trail), trail[-1].hash))


def test_an_entry_is_rolled_back_with_its_change_and_leaves_no_gap(scope: Workspace) -> None:
    with transaction.atomic():
        record("workflow.paused")
        transaction.set_rollback(True)

    record("workflow.resumed")

    assert list(AuditEntry.objects.order_by("seq").values_list("seq", "action")) == [
        (1, "secret.created"),
        (2, "workflow.resumed"),
    ]


def test_an_entry_says_which_request_it_was_of(scope: Workspace) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        row = record("workflow.paused")

    assert AuditEntry.objects.get(pk=row.pk).request_id == "r-1"


def test_what_json_has_no_word_for_is_kept_as_text(scope: Workspace) -> None:
    uid, at = ids.new_id(), datetime(2026, 1, 31, tzinfo=UTC)

    row = record(id=uid, at=at)

    row.refresh_from_db()
    assert row.after == {"id": str(uid), "at": "2026-01-31 00:00:00+00:00"}
    assert problem(scope) == ""


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("UPDATE core_auditentry SET actor = 'nobody'", "UPDATE"),
        ("UPDATE core_auditentry SET seq = NULL", "UPDATE"),
        ("DELETE FROM core_auditentry", "DELETE"),
        ("TRUNCATE core_auditentry CASCADE", "TRUNCATE"),
    ],
)
def test_the_database_refuses_to_change_an_entry(trail: list[AuditEntry], statement: str, word: str) -> None:
    with pytest.raises(DatabaseError, match=f"append-only: {word} is refused"), connection.cursor() as cursor:
        cursor.execute(statement)

    with tenancy.unscoped("the test looks"):
        assert AuditEntry.objects.count() == len(trail)


def test_nobody_chooses_the_number_of_an_entry(scope: Workspace) -> None:
    row = AuditEntry(workspace_id=scope.pk, at=datetime.now(UTC), actor="x", action="a.b", target="a", seq=99)

    with pytest.raises(DatabaseError, match="append-only"):
        row.save(force_insert=True)


TAMPERING: list[tuple[str, str]] = [
    ("UPDATE core_auditentry SET actor = 'nobody' WHERE seq = 3", r"entry 3 \(.*\) was changed"),
    ("UPDATE core_auditentry SET after = '{}' WHERE seq = 2", r"entry 2 \(.*\) was changed"),
    ("UPDATE core_auditentry SET at = at + interval '1 second' WHERE seq = 1", r"entry 1 \(.*\) was changed"),
    ("UPDATE core_auditentry SET hash = repeat('0', 64) WHERE seq = 4", r"entry 4 \(.*\) was changed"),
    ("DELETE FROM core_auditentry WHERE seq = 1", "entry 1 was removed"),
    ("DELETE FROM core_auditentry WHERE seq = 3", "entry 3 was removed"),
    (
        "DELETE FROM core_auditentry WHERE seq = 3; UPDATE core_auditentry SET seq = seq - 1 WHERE seq = 4",
        r"entry 3 \(.*\) does not follow the one before it",
    ),
    (
        """INSERT INTO core_auditentry (id, workspace_id, at, actor, action, target, reason, request_id)
        SELECT gen_random_uuid(), workspace_id, at, actor, 'run.cancelled', target, '', ''
        FROM core_auditentry WHERE seq = 2""",
        r"entry .* \(run.cancelled\) was inserted around the chain",
    ),
]


@pytest.mark.parametrize(("sql", "found"), TAMPERING, ids=[found for _, found in TAMPERING])
def test_what_was_tampered_with_is_named(workspace: Workspace, trail: list[AuditEntry], sql: str, found: str) -> None:
    behind_its_back(sql)

    assert re.match(found, problem(workspace))


def test_entries_that_were_taken_off_the_end_are_missed_by_who_noted_the_head(
    workspace: Workspace, trail: list[AuditEntry]
) -> None:
    noted = audit_proof.verify(workspace).head

    behind_its_back("DELETE FROM core_auditentry WHERE seq >= 5")

    assert problem(workspace) == ""
    assert problem(workspace, noted) == f"entry 5 was removed, and all after it: {noted.seq} were noted"


def test_a_head_that_was_noted_still_holds_after_more_entries(workspace: Workspace, trail: list[AuditEntry]) -> None:
    noted = audit_proof.verify(workspace).head

    with tenancy.scope(workspace.pk):
        record("workflow.resumed")

    assert problem(workspace, noted) == ""
    assert problem(workspace, Head(noted.seq, "0" * 64)).startswith(f"entry {noted.seq} is not the one that was noted")


def test_writers_of_one_workspace_leave_one_chain(workspace: Workspace) -> None:
    def write(number: int) -> None:
        with tenancy.scope(workspace.pk):
            for _ in range(10):
                with transaction.atomic():
                    audit.record("workflow.paused", by=f"thread {number}", target="workflow")
                    audit.record("workflow.resumed", by=f"thread {number}", target="workflow")

    races.at_once(write, threads=6)

    proof = audit_proof.verify(workspace)
    assert (proof.problem, proof.head.seq) == ("", 121)


def test_two_processes_leave_one_chain(workspace: Workspace) -> None:
    code = f"""
from uuid import UUID
from django.db import transaction
from core import tenancy
from core.services import audit
with tenancy.scope(UUID("{workspace.pk}")):
    for each in range(100):
        with transaction.atomic():
            audit.record("workflow.paused", by=f"process {{number}}", target="workflow")
"""
    rivals.race(code)

    proof = audit_proof.verify(workspace)
    assert (proof.problem, proof.head.seq) == ("", 201)


def test_a_writer_whose_locks_are_taken_in_another_order_waits_for_nobody(workspace: Workspace) -> None:
    """One audits and then locks a row, one locks the row and then audits: they would wait for each other."""

    def write(number: int) -> None:
        steps: list[Callable[[], Any]] = [
            lambda: record("workflow.paused"),
            lambda: Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk),
        ]
        with tenancy.scope(workspace.pk):
            for _ in range(20):
                with transaction.atomic():
                    for step in steps if number else reversed(steps):
                        step()

    races.at_once(write, threads=2)

    assert audit_proof.verify(workspace).head.seq == 41


def test_each_workspace_has_a_chain_of_its_own(workspace: Workspace, other_workspace: Workspace) -> None:
    assert audit_proof.verify(workspace).head.seq == audit_proof.verify(other_workspace).head.seq == 1


def test_a_workspace_goes_with_its_entries_and_no_other(workspace: Workspace, other_workspace: Workspace) -> None:
    with transaction.atomic():
        workspaces.delete(workspace)
        with (
            tenancy.unscoped("the test tries"),
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
        ):
            AuditEntry.objects.all().delete()

    with tenancy.unscoped("the test looks"):
        assert {row.workspace_id for row in AuditEntry.objects.all()} == {UUID(str(other_workspace.pk))}
