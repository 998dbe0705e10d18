"""Rows that hold other rows: loops, items of loops that have a body, and `parallel`. They wait for those to end."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models.functions import Length

from core.redaction.shortening import size_bytes
from workflows.engine.planner import State
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun

Json = dict[str, Any]

MAX_OUTPUT_BYTES = 2 * 1024 * 1024

OPEN = {"holds": True}
ENDING = {"holds": True, "is_ending": True}


def is_container(row: ActionRun) -> bool:
    """Whether it waits for the rows that it holds."""
    return row.status == ActionStatus.WAITING and bool(row.progress and row.progress.get("holds"))


def is_ending(row: ActionRun) -> bool:
    """Whether it starts nothing more."""
    return is_container(row) and row.progress == ENDING


def state_of(row: ActionRun) -> State:
    """How far a row is, as the planner asks."""
    return State(ActionStatus(row.status), row.port, is_container=is_container(row), is_ending=is_ending(row))


def open_in(run_id: UUID) -> list[UUID]:
    """The containers of a run that have not ended, those that are held before those that hold them."""
    rows = ActionRun.objects.filter(run=run_id, status=ActionStatus.WAITING, progress__holds=True)
    parents = dict(rows.order_by("position", "iteration").values_list("pk", "parent_id"))

    def depth(pk: UUID | None) -> int:
        return 1 + depth(parents[pk]) if pk in parents else 0

    return sorted(parents, key=depth, reverse=True)


def open_(row: ActionRun, **columns: Any) -> None:
    """Let a row hold others from now on; other columns are changed with it."""
    for name, value in {**columns, "status": ActionStatus.WAITING, "progress": OPEN}.items():
        setattr(row, name, value)
    row.save(update_fields=[*columns, "status", "progress"])


def let_end(row: ActionRun) -> None:
    """Let a container start nothing more."""
    row.progress = ENDING
    row.save(update_fields=["progress"])


def reopen(row: ActionRun) -> None:
    """Let a container that has ended go on, its children as they are."""
    row.status, row.progress, row.output, row.error, row.finished_at = ActionStatus.WAITING, OPEN, None, None, None
    row.reopened += 1
    row.save(update_fields=["status", "progress", "output", "error", "finished_at", "reopened"])


def finish(row: ActionRun, end: ActionStatus, failed: ActionRun | None, *, now: datetime) -> None:
    """End a container. Its output tells what became of what it held, its error what failed."""
    held = row.children.order_by(Length("iteration"), "iteration", "position")
    found: list[Json] = [{**each} for each in held.values("key", "status", "port", "output", "error")]
    row.output, row.error = summed_up(row.key, found, end, failed)
    row.status, row.progress, row.finished_at = end, None, now
    row.save(update_fields=["status", "progress", "output", "error", "finished_at"])


def summed_up(key: str, found: list[Json], end: ActionStatus, failed: ActionRun | None) -> tuple[Json, Json | None]:
    """The output and the error of a container that ends so: `found` is what it held, in order, `failed` whose failure
    nobody handled.

    Shape of the output: of a loop `{"items": [{"status", "output", "error"}], "count", "failed"}`, of others
    `{<key>: <output>}` with what has completed or was left out.
    """
    is_loop = all(each["key"] == key for each in found)  # its items; no body holds an action of its own name
    output = _of_loop(found) if is_loop else _of_body(found)
    return output, _error(found, failed) if end is ActionStatus.FAILED else None


def _of_loop(found: list[Json]) -> Json:
    items = [{name: each[name] for name in ("status", "output", "error")} for each in found]
    numbers = {"count": len(found), "failed": sum(each["status"] == ActionStatus.FAILED for each in found)}
    if size_bytes(items) > MAX_OUTPUT_BYTES:
        items = [{"status": each["status"], "output": None, "error": None} for each in found]
    return {"items": items, **numbers}


def _of_body(found: list[Json]) -> Json:
    output = {each["key"]: each["output"] for each in found if _gave_output(each)}
    return output if size_bytes(output) <= MAX_OUTPUT_BYTES else {}


def _gave_output(each: Json) -> bool:
    """What was left out has one that a person gave it."""
    is_left_out = each["status"] == ActionStatus.SKIPPED and each["port"]
    return each["status"] == ActionStatus.COMPLETED or bool(is_left_out)


def _error(found: list[Json], failed: ActionRun | None) -> Json:
    if failed is not None:
        error = failed.error or {}
        message = f"The action {failed.key!r} in it failed: {error.get('message', '')}"
        return {"code": error.get("code", "failed"), "message": message}
    errors = [each["error"] or {} for each in found if each["status"] == ActionStatus.FAILED]
    first = errors[0].get("message", "") if errors else ""
    return {"code": "items_failed", "message": f"{len(errors)} of {len(found)} items failed. The first: {first}"}
