"""What must hold when all is quiet: judged from the rows, the receiver's ledger and what the senders were told."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from tests.chaos.receiver import Line

Connection = psycopg.Connection[tuple[Any, ...]]
RUN_ENDS = frozenset({"completed", "failed", "cancelled", "needs_decision"})
ACTION_ENDS = frozenset({"completed", "failed", "skipped", "cancelled", "needs_decision"})
CALLING = frozenset({"http_request", "chaos_once"})
UNQUIET = """
    SELECT (SELECT count(*) FROM triggers_event WHERE matched_at IS NULL)
         + (SELECT count(*) FROM workflows_run WHERE status IN ('queued', 'running', 'waiting'))
"""


@dataclass(frozen=True, slots=True)
class Action:
    """An action run as it ended. `completed` counts its attempts with that outcome."""

    id: str
    run: str
    key: str
    iteration: str
    type: str
    status: str
    attempt: int
    finished_at: datetime | None
    completed: int


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is left to look at. `runs`: id, status, and the sender's id of the event."""

    accepted: Collection[str]
    stored: Sequence[str]
    runs: Sequence[tuple[str, str, str]]
    actions: Sequence[Action]
    lines: Sequence[Line]
    recoveries: Sequence[tuple[datetime, datetime | None]]  # of lost attempts: when claimed, when the next one was


def unquiet(connection: Connection) -> int:
    """How many events and runs are not at their end."""
    row = connection.execute(UNQUIET.encode()).fetchone()
    assert row is not None
    return int(row[0])


def read(connection: Connection, *, accepted: Collection[str], lines: Sequence[Line]) -> Story:
    """The rows, beside what was seen outside. Replies that runs waited for start nothing, so they are left out."""
    events = connection.execute("SELECT event_id FROM triggers_event WHERE event_id LIKE 'event-%'")
    runs = connection.execute(
        "SELECT run.id::text, run.status, event.event_id FROM workflows_run run "
        "JOIN triggers_event event ON event.id = run.event_id"
    )
    actions = connection.execute(
        "SELECT id::text, run_id::text, key, iteration, type, status, attempt, finished_at, (SELECT count(*) FROM "
        "workflows_actionattempt WHERE action_run_id = action.id AND outcome = 'completed') "
        "FROM workflows_actionrun action"
    )
    lost = connection.execute(
        "SELECT lost.started_at, next.started_at FROM workflows_actionattempt lost LEFT JOIN workflows_actionattempt "
        "next ON next.action_run_id = lost.action_run_id AND next.number = lost.number + 1 WHERE lost.outcome = 'lost'"
    )
    return Story(
        accepted=accepted,
        stored=[row[0] for row in events],
        runs=[(row[0], row[1], row[2]) for row in runs],
        actions=[Action(*row) for row in actions],
        lines=lines,
        recoveries=[(row[0], row[1]) for row in lost],
    )


def judge(story: Story) -> list[str]:
    """Everything that must not be, one sentence each. Empty is good."""
    return [*_events(story), *_ends(story), *_once(story), *_calls(story)]


def _events(story: Story) -> Iterator[str]:
    """Accepted is stored is run, each once."""
    for event in set(story.accepted) - set(story.stored):
        yield f"{event} was accepted and is lost"
    for event in set(story.stored) - set(story.accepted):
        yield f"{event} is stored, and its sender was never told"
    for event, number in Counter(story.stored).items():
        if number != 1:
            yield f"{event} is stored {number} times"
    runs = Counter(event for _, _, event in story.runs)
    for event in story.stored:
        if runs[event] != 1:
            yield f"{event} has {runs[event]} runs"


def _ends(story: Story) -> Iterator[str]:
    """Nothing is left underway. Who waits for a person's decision may leave pending actions."""
    asking = {run for run, status, _ in story.runs if status == "needs_decision"}
    for run, status, event in story.runs:
        if status not in RUN_ENDS:
            yield f"run {run} of {event} is {status}"
    for action in story.actions:
        if action.status not in ACTION_ENDS and not (action.run in asking and action.status == "pending"):
            yield f"{action.type} {action.id} is {action.status}"


def _once(story: Story) -> Iterator[str]:
    """Recorded as completed once, and only what is completed."""
    for action in story.actions:
        if action.completed > 1:
            yield f"{action.type} {action.id} has {action.completed} completed attempts"


def _calls(story: Story) -> Iterator[str]:
    """One key for each action of a run, more than one call only by more attempts, and a call behind what completed."""
    actions = {action.id: action for action in story.actions}
    keys: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for line in story.lines:
        keys[line.run, line.action, line.iteration].add(line.key)
    for place, found in keys.items():
        if len(found) > 1:
            yield f"{place} was called with {len(found)} keys"
    calls = Counter(line.key for line in story.lines)
    good = {line.key for line in story.lines if line.status == 200}
    for key, number in calls.items():
        action = actions.get(key)
        if action is None:
            yield f"a call came with the key {key!r}, which no action has"
        elif number > action.attempt:
            yield f"{action.type} {key} called {number} times in {action.attempt} attempts"
        elif number > 1 and action.type == "chaos_once":
            yield f"{action.type} {key}, which must not be repeated, called {number} times"
    looped = {(action.run, action.key) for action in story.actions if action.iteration}
    for action in story.actions:
        is_loop = not action.iteration and (action.run, action.key) in looped  # its items call, it does not
        is_done = action.type in CALLING and action.status == "completed" and not is_loop
        if is_done and action.id not in good:
            yield f"{action.type} {action.id} is completed, but nobody was called"


def late(story: Story) -> int:
    """Calls that came after their action was recorded as completed, by whoever was taken for dead."""
    ended = {each.id: each.finished_at for each in story.actions if each.status == "completed"}
    return sum((finished_at := ended.get(line.key)) is not None and line.at > finished_at for line in story.lines)
