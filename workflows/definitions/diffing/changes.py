"""One difference, and the sentence that says it."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MAX_SAID = 80  # characters of a value in a sentence; the change has all of it


class Kind(StrEnum):
    """What kind of difference it is."""

    WORKFLOW_CHANGED = "workflow_changed"
    TRIGGER_ADDED = "trigger_added"
    TRIGGER_REMOVED = "trigger_removed"
    TRIGGER_CHANGED = "trigger_changed"
    ACTION_ADDED = "action_added"
    ACTION_REMOVED = "action_removed"
    ACTION_RENAMED = "action_renamed"  # likely: nothing else of it differs
    ACTION_MOVED = "action_moved"
    ACTION_CHANGED = "action_changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `key` is the id of the trigger or action, "" for the workflow itself. `pointer` is a JSON pointer
    into that part ("" is all of it), `path_before` and `path_after` are those into the whole definitions, None where
    there is no such place. `before` and `after` are without secrets, None where there is nothing.
    """

    kind: Kind
    key: str
    pointer: str
    path_before: str | None
    path_after: str | None
    before: Any
    after: Any
    sentence: str


def changed(name: str, before: Any, after: Any, *, was: bool, is_: bool) -> str:
    """That a value changed, came or went (`was`, `is_`: whether there was and is one). Secrets are shown as what stands
    for them, so two of them may look the same."""
    if was and is_ and before == after:
        return f"{name} changed; its value is secret and not shown."
    if was and is_:
        return f"{name} changed from {_said(before)} to {_said(after)}."
    if is_:
        return f"{name} is {_said(after)} now; it was not set."
    return f"{name} is not set any more; it was {_said(before)}."


def _said(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SAID else f"{text[: MAX_SAID - 1]}…"
