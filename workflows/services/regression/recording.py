"""Make the parts of a test of a past run: its event, what its actions came to, what people and events answered."""

from datetime import datetime
from typing import Any

from actions.registry import action_types
from core.errors import InvalidError, Problem
from core.models import Workspace
from triggers.models import Event
from workflows.definitions.plan import Planned
from workflows.engine.states import FINISHED_RUN
from workflows.models import ActionRun, Run
from workflows.services.rehearsal.script import TIMEOUT, Pin, Place
from workflows.types.base import ControlType

Json = dict[str, Any]

_EVENT = ("event_id", "type", "source", "subject", "data", "request", "extensions")
_IS_ANSWERED = ("approval", "wait_for_event")


def event_columns(event: Event) -> Json:
    """What of an event a test keeps."""
    return {"id": str(event.pk), "time": event.time.isoformat(), **{name: getattr(event, name) for name in _EVENT}}


def event_of(columns: Json, workspace: Workspace) -> Event:
    """The event of a test; it is stored nowhere."""
    time = datetime.fromisoformat(columns["time"])
    kept = {name: columns.get(name) for name in _EVENT}
    return Event(id=columns["id"], workspace=workspace, time=time, received_at=time, **kept)


def check_run(run: Run) -> None:
    """Raises `InvalidError` for a run that cannot be a test: it goes on, or people changed how it went."""
    message = ""
    if run.status not in FINISHED_RUN:
        message = f"The run is {run.status}; make a test of one that has ended."
    elif run.repairs or run.status == "cancelled":
        message = "People changed how the run went (cancelled, skipped or tried again), so no test would go like it."
    if message:
        raise InvalidError("The run cannot be made a test.", problems=[Problem("/run_id", "unfit_run", message)])


def given_of(recorded: dict[Place, Pin], actions: dict[str, Planned]) -> tuple[Json, Json]:
    """The pins and the answers that let a test go as the run went, by `id` or `id[3]`."""
    pins: Json = {}
    answers: Json = {}
    for (key, iteration), pin in recorded.items():
        planned = actions.get(key)
        if planned is None or planned.is_loop(iteration):
            continue
        place = f"{key}[{iteration}]" if iteration else key
        found = action_types.find(planned.part.type)
        if planned.part.type in _IS_ANSWERED:
            if pin.error is None:
                answers[place] = _answer(planned.part.type, pin.output)
        elif planned.part.type == "workflow" or (
            found is not None and not isinstance(found, ControlType) and not found.is_pure
        ):
            pins[place] = pin.output if pin.error is None else {"error": pin.error}
    return pins, answers


def _answer(type_: str, output: Json) -> Any:
    if type_ == "approval":
        is_decided = output.get("decision") in {"approved", "rejected"}
        return {name: output.get(name) for name in ("decision", "comment", "by")} if is_decided else TIMEOUT
    return {"event": output["event"]} if output.get("event") else TIMEOUT


def statuses(run: Run) -> Json:
    """How the actions of a run ended, by place, with the outputs of those that have one."""
    rows = ActionRun.objects.filter(run=run).values_list("key", "iteration", "status", "output")
    return {
        f"{key}[{iteration}]" if iteration else key: {"status": status, "output": output}
        for key, iteration, status, output in rows
    }
