"""Prove that nothing was lost: what came in, and what became of it, by three sources that must agree."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from workflows.selectors import drifts, ledgers
from workflows.selectors.drifts import Drift
from workflows.selectors.ledgers import VERDICTS, Ledger

COMPARED = ("candidates", "not_matched", *VERDICTS)


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the events of a workspace, and what contradicts that. `undecided` ones wait; that is no drift."""

    workspace: str
    since: datetime | None
    ledgers: tuple[Ledger, ...]
    drifts: tuple[Drift, ...]
    undecided: int
    undecided_examples: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """**Shape**: {"workspace", "since", "ledgers": {source: counts}, "drifts": [{"code", "number", "sentence",
        "examples"}], "undecided", "undecided_examples"}."""
        of_sources = {each.source: {**asdict(each), "not_matched": each.not_matched} for each in self.ledgers}
        for each in of_sources.values():
            del each["source"]
        return {
            "workspace": self.workspace,
            "since": None if self.since is None else self.since.isoformat(),
            "ledgers": of_sources,
            "drifts": [asdict(each) for each in self.drifts],
            "undecided": self.undecided,
            "undecided_examples": list(self.undecided_examples),
        }


def reconcile(
    workspace: Workspace,
    *,
    since: datetime | None = None,
    now: datetime | None = None,
    say: Callable[[str], object] = lambda _: None,
) -> Account:
    """Account for all events of a workspace, or those that came `since` then. Changes nothing.

    Concurrency: everything is read as it was at one instant, so that what goes on meanwhile is no drift.
    """
    at = now or timezone.now()
    with tenancy.scope(workspace.pk), _one_instant():
        say(f"{workspace.slug}: adding up")
        groups, listeners = list(ledgers.groups(since)), ledgers.Listeners.read()
        sources = [ledgers.summaries(since), ledgers.rows(since, found=groups, listeners=listeners)]
        if since is None:
            sources.append(ledgers.tallied())
        say(f"{workspace.slug}: comparing rows")
        found = [*_differences(sources), *drifts.of_candidates(groups, listeners), *drifts.found(since, now=at)]
        if since is None:
            found += drifts.of_tallies()
        number, examples = drifts.undecided(now=at)
    return Account(workspace.slug, since, tuple(sources), tuple(found), number, examples)


@contextmanager
def _one_instant() -> Iterator[None]:
    """A transaction that sees nothing of what others do; of the caller's, if there is one.

    Whole tables are compared, so nested loops are for a planner that knows too little of them: 100,000 events that no
    ANALYZE has seen yet take minutes so, and else seconds.
    """
    is_first = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_first:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


def _differences(sources: Sequence[Ledger]) -> Iterator[Drift]:
    """A sentence for every sum in which the sources differ."""
    for name in ("events", *COMPARED):
        said = {each.source: getattr(each, name) for each in sources if getattr(each, name) is not None}
        if len(set(said.values())) > 1:
            numbers = ", ".join(f"{source} {number:,}" for source, number in said.items())
            yield Drift(f"sum_{name}", max(said.values()) - min(said.values()), f"{name} differ: {numbers}")
