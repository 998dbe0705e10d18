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
from functools import cached_property
from typing import Any

from core.expressions import instants, templates
from core.redaction import REDACTED, Redactor
from workflows.definitions import outline
from workflows.definitions.outline import Place
from workflows.engine.graph import DONE
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun

Json = dict[str, Any]

APPROVALS = ("approved", "rejected")
ABOUT_UNKNOWN = ("confirm", "resend", "skip")

_SHOWN = Redactor()


class Written:
    """The parameters and ports of actions as they are written in a definition; read when first asked for, and once."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self._definition = definition
        self._shows_all: dict[str, bool] = {}

    def params(self, key: str) -> Json | None:
        """Those of an action; None when it is not found, as what undoes another."""
        place = self._by_key.get(key)
        return outline.params_of(place.part) if place else None

    def has_no_secrets(self, key: str) -> bool:
        """Whether it is known that the parameters name no secret of the workspace."""
        if key not in self._shows_all:
            params = self.params(key)
            names = [] if params is None else templates.references_in(params)
            self._shows_all[key] = params is not None and all(each.path.steps[0] != "secrets" for each in names)
        return self._shows_all[key]

    def default_port(self, key: str, *, of_item: bool) -> str:
        """The port that a row without one has fired; an item of a `for_each` fires those of its type."""
        place = self._by_key.get(key)
        found = outline.type_of(place.part) if place else None
        if place is None or found is None:
            return DONE
        is_item = of_item and place.has_for_each
        return next(iter(found.ports(outline.params_of(place.part))), DONE) if is_item else place.default_port

    def loops(self, key: str) -> int:
        """How many `for_each` stand around an action, its own aside."""
        place = self._by_key.get(key)
        return place.body.loops if place else 0

    @cached_property
    def _by_key(self) -> Mapping[str, Place]:
        return outline.build(self._definition.get("actions")).by_key


def choices(row: ActionRun) -> tuple[str, ...]:
    """The decisions that a person may take about an action as it is now; empty when there is nothing to decide."""
    if row.status == ActionStatus.NEEDS_DECISION:
        return ABOUT_UNKNOWN
    return APPROVALS if kind_of(row) == "approval" else ()


def waiting_for(row: ActionRun, written: Written) -> Json | None:
    """What an action waits for, None when it does not wait. `written` is the definition of its run's version.

    **Shape**: {"kind": "time", "until"} | {"kind": "retry", "until", "attempt"} (the number of the next one) |
    {"kind": "event", "event_type", "condition", "since", "until"} |
    {"kind": "approval", "title", "message", "to", "choices", "until"} | {"kind": "run", "run"} |
    {"kind": "actions", "is_ending"} | {"kind": "decision", "choices"}. Instants are text in ISO 8601.
    What holds a secret of the workspace is shown as it is written in the definition, or not at all.
    """
    kind = kind_of(row)
    return {"kind": kind, **_details(kind, row, written)} if kind else None


def _details(kind: str, row: ActionRun, written: Written) -> Json:
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
            found = {**_asked(row, progress, written), "choices": [*APPROVALS], "until": progress.get("until")}
        case "event":
            found = {name: progress.get(name) for name in ("event_type", "since", "until")}
            found["condition"] = _condition(row, progress, written)
    return found


def kind_of(row: ActionRun) -> str | None:
    """The `kind` of what an action waits for, None when it does not wait."""
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


def _asked(row: ActionRun, progress: Json, written: Written) -> Json:
    """What people are asked. With a secret in it, as it is written: they know that there is one, and not which."""
    shown = progress if written.has_no_secrets(row.key) else written.params(row.key) or {"message": REDACTED}
    asked: Json = _SHOWN.clean({name: shown.get(name) for name in ("title", "message")})
    return {**asked, "to": shown.get("to") or []}


def _condition(row: ActionRun, progress: Json, written: Written) -> Any:
    condition = progress.get("condition")
    is_shown = condition is None or written.has_no_secrets(row.key)
    return _SHOWN.clean(condition) if is_shown else REDACTED
