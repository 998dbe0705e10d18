"""Looks at all runs and actions ten times a second, and notes whatever went backwards."""

import threading
from dataclasses import dataclass

import psycopg

from tests.chaos.shapes import HAND_BACK
from tests.chaos.stage import Stage

EVERY_SECONDS = 0.1
FINISHED = frozenset({"completed", "failed", "skipped", "cancelled"})
BEFORE = frozenset({"pending"})
LOOK = """
    SELECT id::text, 'run', status, 0, xmin::text FROM workflows_run
    UNION ALL SELECT id::text,
        CASE WHEN EXISTS (SELECT FROM workflows_actionrun WHERE parent_id = a.id) THEN 'container' ELSE type END,
        status, attempt, xmin::text
    FROM workflows_actionrun a
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A row at a moment. `written_by` is the transaction that wrote it last: another one is another version."""

    id: str
    kind: str
    status: str
    attempt: int
    written_by: str

    @property
    def stage(self) -> int:
        return 2 if self.status in FINISHED else 0 if self.status in BEFORE else 1


def regression(before: Seen, now: Seen) -> str:
    """What went backwards between two looks at a row; empty when nothing did.

    1. A finished row is never written again.
    2. What has begun does not become pending.
    3. An attempt is never taken back, but for a turn in which nothing was tried, since it ended in waiting, in holding
       other actions, or in its own `if`: that gives its one back.
    """
    if before.stage == 2 and before.written_by != now.written_by:
        return f"{now.kind} {now.id} was written after it was {before.status}: now {now.status}"  # 1
    if now.stage < before.stage:
        return f"{now.kind} {now.id} went back from {before.status} to {now.status}"  # 2
    given_back = 1 if now.kind in HAND_BACK or now.kind == "container" or now.status == "skipped" else 0
    if now.attempt < before.attempt - given_back:
        return f"{now.kind} {now.id} went back from attempt {before.attempt} to {now.attempt}"  # 3
    return ""


class Watcher(threading.Thread):
    """Compares each look with the one before, from `start` to `stop`."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(name="watcher", daemon=True)
        self.stage, self.is_over = stage, threading.Event()
        self.seen: dict[str, Seen] = {}
        self.regressions: list[str] = []
        self.looks = 0

    def run(self) -> None:
        while not self.is_over.is_set():
            try:
                with self.stage.database() as connection:
                    while not self.is_over.wait(EVERY_SECONDS):
                        self.look(connection)
            except psycopg.Error:  # it is being restarted
                self.is_over.wait(EVERY_SECONDS)

    def look(self, connection: "psycopg.Connection[tuple[str, str, str, int, str]]") -> None:
        now = {row[0]: Seen(*row) for row in connection.execute(LOOK.encode())}
        found = [regression(self.seen[key], row) for key, row in now.items() if key in self.seen]
        found += [f"{self.seen[key].kind} {key} is gone" for key in self.seen.keys() - now.keys()]
        self.regressions += filter(None, found)
        self.seen = now
        self.looks += 1

    def stop(self) -> None:
        self.is_over.set()
        self.join()
