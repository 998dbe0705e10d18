"""Prove that the audit trail of a workspace is as it was written."""

from collections.abc import Iterable
from dataclasses import dataclass

from core import chaining, tenancy
from core.models import AuditEntry, Workspace
from core.services import audit

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry. Noted down elsewhere, it also tells later whether entries were taken off the end."""

    seq: int = 0
    hash: str = chaining.FIRST

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Proof:
    """How far the chain holds: `head` is the last entry that does, `problem` the first that does not, in words."""

    head: Head
    problem: str = ""


def verify(workspace: Workspace, *, noted: Head | None = None) -> Proof:
    """Go through all entries of the workspace, the oldest first. `noted` is the head of an earlier proof.

    Reads what is committed at the moment; safe beside those who write.
    """
    with tenancy.scope(workspace.pk):
        rows = AuditEntry.objects.exclude(seq=None).order_by("seq")
        proof = _follow(rows.iterator(chunk_size=BATCH), noted=noted)
        stray = AuditEntry.objects.filter(seq=None).order_by("pk").first()
    if not proof.problem and stray is not None:
        return Proof(proof.head, f"entry {stray.pk} ({stray.action}) was inserted around the chain")
    return proof


def _follow(rows: Iterable[AuditEntry], *, noted: Head | None) -> Proof:
    head = Head()
    for row in rows:
        problem = _problem(row, head)
        if noted is not None and row.seq == noted.seq and row.hash != noted.hash:
            problem = problem or f"entry {row.seq} is not the one that was noted: those up to it were written anew"
        if problem:
            return Proof(head, problem)
        head = Head(head.seq + 1, row.hash)
    if noted is not None and head.seq < noted.seq:
        return Proof(head, f"entry {head.seq + 1} was removed, and all after it: {noted.seq} were noted")
    return Proof(head)


def _problem(row: AuditEntry, before: Head) -> str:
    """What is wrong with the entry that follows `before`.

    1. Its number is not the next one: one was removed. 2. It does not say what its hash was made of: it was changed.
    3. It was chained to another one: something was removed or inserted here, and the numbers mended.
    """
    if row.seq != before.seq + 1:
        return f"entry {before.seq + 1} was removed"  # 1
    if row.digest != audit.digest(row):
        return f"entry {row.seq} ({row.action}, {row.at:%Y-%m-%d %H:%M:%S}) was changed"  # 2
    if row.prev_hash != before.hash:
        return f"entry {row.seq} ({row.action}) does not follow the one before it: one was removed or inserted"  # 3
    if row.hash != chaining.link(prev_hash=before.hash, digest=row.digest, seq=row.seq):
        return f"entry {row.seq} ({row.action}, {row.at:%Y-%m-%d %H:%M:%S}) was changed"  # 2
    return ""
