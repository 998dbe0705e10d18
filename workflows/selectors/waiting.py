"""What an action waits for, in words for people: read from its row, and never with a secret in it.

A row says by its `progress` what it waits for (see `ActionRun`):
1. nothing there: its next try;
2. `holds`: the actions that it holds;
3. `run_at` alone: its own moment;
4. `message`: the decision of a person, who was asked;
5. `event_type`: an event;
6. `started`: the end of the run that it started;
7. anything else: its time.
"""

from collections.abc import Callable, Mapping
from typing import Any

from core.expressions import instants, templates
from core.redaction import REDACTED, Redactor
from workflows.definitions import outline
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun

Json = dict[str, Any]

APPROVALS = ("approved", "rejected")
ABOUT_UNKNOWN = ("confirm", "resend", "skip")

_SHOWN = Redactor()


def choices(row: ActionRun) -> tuple[str, ...]:
    """The decisions that a person may take about an action as it is now; empty when there is nothing to decide."""
    if row.status == ActionStatus.NEEDS_DECISION:
        return ABOUT_UNKNOWN
    return APPROVALS if _kind(row) == "approval" else ()


def waiting_for(row: ActionRun, definition: Mapping[str, Any]) -> Json | None:
    """What an action waits for, None when it does not wait. `definition` is that of its run's version.

    **Shape**: {"kind": "time", "until"} | {"kind": "retry", "until", "attempt"} (the number of the next one) |
    {"kind": "event", "event_type", "condition", "since", "until"} |
    {"kind": "approval", "title", "message", "to", "choices", "until"} | {"kind": "run", "run"} |
    {"kind": "actions", "is_ending"} | {"kind": "decision", "choices"}. Instants are text in ISO 8601.
    What holds a secret of the workspace is shown as it is written in the definition, or not at all.
    """
    kind = _kind(row)
    return {"kind": kind, **_details(kind, row, definition)} if kind else None


def _details(kind: str, row: ActionRun, definition: Mapping[str, Any]) -> Json:
    progress: Json = row.progress or {}
    found: Json = {"until": instants.write(row.due_at) if row.due_at else None}
    match kind:
        case "decision":
            found = {"choices": [*ABOUT_UNKNOWN]}
        case "retry":
            found["attempt"] = row.attempt + 1
        case "actions":
            found = {"is_ending": bool(progress.get("is_ending"))}
        case "run":
            found = {"run": progress["started"]}
        case "approval":
            found = {**_asked(row, progress, definition), "choices": [*APPROVALS], "until": progress.get("until")}
        case "event":
            found = {name: progress.get(name) for name in ("event_type", "since", "until")}
            found["condition"] = _condition(row, progress, definition)
    return found


def _kind(row: ActionRun) -> str | None:
    if row.status == ActionStatus.NEEDS_DECISION:
        return "decision"
    if row.status != ActionStatus.WAITING:
        return None
    progress = row.progress or {}
    return next((kind for kind, is_met in _KINDS.items() if is_met(row, progress)), "time")


# In the order in which they are asked. What was tried after its own moment waits for another try.
_KINDS: dict[str, Callable[[ActionRun, Json], bool]] = {
    "retry": lambda row, progress: not progress or (progress.keys() == {"run_at"} and row.attempt > 0),
    "actions": lambda row, progress: bool(progress.get("holds")),
    "approval": lambda row, progress: row.type == "approval" and "message" in progress,
    "event": lambda row, progress: "event_type" in progress,
    "run": lambda row, progress: "started" in progress,
}


def _asked(row: ActionRun, progress: Json, definition: Mapping[str, Any]) -> Json:
    """What people are asked. With a secret in it, as it is written: they know that there is one, and not which."""
    written = _written(row, definition)
    shown = progress if written is not None and not _names_secrets(written) else written or {"message": REDACTED}
    asked: Json = _SHOWN.clean({name: shown.get(name) for name in ("title", "message")})
    return {**asked, "to": shown.get("to") or []}


def _condition(row: ActionRun, progress: Json, definition: Mapping[str, Any]) -> Any:
    condition, written = progress.get("condition"), _written(row, definition)
    if condition is not None and (written is None or _names_secrets(written)):
        return REDACTED
    return _SHOWN.clean(condition)


def _written(row: ActionRun, definition: Mapping[str, Any]) -> Json | None:
    """The parameters of the action as they are written; None when it is not found, as what undoes another."""
    place = outline.build(definition.get("actions")).by_key.get(row.key)
    return outline.params_of(place.part) if place else None


def _names_secrets(params: Json) -> bool:
    return any(reference.path.steps[0] == "secrets" for reference in templates.references_in(params))
