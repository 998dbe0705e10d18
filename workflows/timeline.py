"""A run as text: what `make demo` prints. Pure: the JSON of `GET workflow-runs/{id}/` in, lines out."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

MARKS = {
    "completed": "✓", "failed": "✗", "skipped": "-", "cancelled": "⊘", "running": "▶", "waiting": "…",
    "needs_decision": "?",
}  # fmt: skip
SHOWN_CHARACTERS = 100
INDENT = "  "
NAME_CHARACTERS = 14


def lines(run: Json) -> Iterator[str]:
    """The run's head, then each action with its state, duration, tries and output or error, or what it waits for.

    What an action holds, such as the items of a list, stands below it and further in.
    """
    event = run["event"]
    ending = f", ends as {run['ending']}" if run["ending"] else ""
    yield f"Run {run['id']}  {run['status']}{ending}{_duration(run)}"
    yield f"  workflow  {run['workflow']['name']}, version {run['version']}"
    yield f"  event     {event['type']} {event['id']} from {event['source']}"
    yield ""
    held: dict[str | None, list[Json]] = defaultdict(list)
    for action in run["actions"]:
        held[action["parent"]].append(action)
    yield from _held_by(None, held, depth=0)


def _held_by(parent: Json | None, held: Mapping[str | None, list[Json]], *, depth: int) -> Iterator[str]:
    for action in held.get(parent["id"] if parent else None, ()):
        is_item = parent is not None and parent["key"] == action["key"]
        indent = INDENT * depth
        for line in _action(action, name=f"{action['key']}[{action['index']}]" if is_item else action["key"]):
            yield f"{indent}{line}"
        yield from _held_by(action, held, depth=depth + 1)


def _action(action: Json, *, name: str) -> Iterator[str]:
    tries = len(action["attempts"])
    port = f"  → {action['port']}" if action["port"] not in (None, "done", "error") else ""
    again = f"  {tries} attempts" if tries > 1 else ""
    state = f"{MARKS.get(action['status'], '·')} {name:<{NAME_CHARACTERS}} {action['type']:<14} {action['status']:<10}"
    yield f"  {state}{_duration(action):>10}{port}{again}".rstrip()
    if action["error"]:
        yield f"      error   {_short(action['error'].get('message', ''))}"
    if wait := _wait(action["waiting_for"] or {}):
        yield f"      waits   {_short(wait)}"
    if action["output"]:
        yield f"      output  {_short(action['output'])}"


def _wait(waiting: Json) -> str:
    """What it waits for, and until when at the longest; nothing for the actions that stand below."""
    until = f" until {waiting['until']}" if waiting.get("until") else ""
    match waiting.get("kind"):
        case "retry":
            return f"for attempt {waiting['attempt']} at {waiting['until']}"
        case "event":
            return f"for the event {waiting['event_type']}{until}"
        case "approval":
            return f"for approval{until}: {waiting['message']}"
        case "run":
            return f"for the run {waiting['run']}"
        case "decision":
            return f"for a decision: {', '.join(waiting['choices'])}"
    return until.strip()


def _duration(part: Json) -> str:
    return f"  {part['duration_ms']:,} ms" if part["duration_ms"] is not None else ""


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
