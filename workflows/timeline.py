"""A run as text: what `make demo` prints. Pure: the JSON of `GET workflow-runs/{id}/` in, lines out."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

MARKS = {"completed": "✓", "failed": "✗", "skipped": "-", "running": "▶", "waiting": "…"}
SHOWN_CHARACTERS = 100


def lines(run: Json) -> Iterator[str]:
    """The run's head, then each action with its state, duration, tries and output or error."""
    event = run["event"]
    yield f"Run {run['id']}  {run['status']}{_duration(run)}"
    yield f"  workflow  {run['workflow']['name']}, version {run['version']}"
    yield f"  event     {event['type']} {event['id']} from {event['source']}"
    yield ""
    for action in run["actions"]:
        yield from _action(action)


def _action(action: Json) -> Iterator[str]:
    tries = len(action["attempts"])
    again = f"  {tries} attempts" if tries > 1 else ""
    mark = MARKS.get(action["status"], "·")
    yield f"  {mark} {action['key']:<14} {action['type']:<14} {action['status']:<10}{_duration(action):>10}{again}"
    if action["error"]:
        yield f"      error   {_short(action['error'].get('message', ''))}"
    if action["output"]:
        yield f"      output  {_short(action['output'])}"


def _duration(part: Json) -> str:
    return f"  {part['duration_ms']:,} ms" if part["duration_ms"] is not None else ""


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
