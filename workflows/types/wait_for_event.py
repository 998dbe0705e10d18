"""`wait_for_event`: go on when a certain event arrives, or when it does not."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, Field, field_validator

from actions.base import ActionFailedError, ActionParams
from actions.registry import register
from core import pointers
from core.errors import Problem
from core.expressions import conditions, instants, paths, templates
from core.expressions.scope import RESERVED, Scope
from triggers.engine import patterns
from workflows.definitions.part import MAX_SECONDS
from workflows.types import reading
from workflows.types.base import ControlType, Done, Json, Listen, Turn, Wait

DEFAULT_TIMEOUT_SECONDS = 30 * 86_400
MAX_LOOK_BACK_SECONDS = 7 * 86_400
TIMEOUT = "timeout"


class WaitForEventParams(ActionParams):
    """Which event, and how long."""

    event: str = Field(description="An event type; * stands for one level, ** at the end for any number.")
    match: Any = Field(
        None,
        description="A condition on the event that arrives: its names are `event` and the event's data. "
        "Templates in its values read this run.",
        json_schema_extra={"type": ["object", "array", "null"]},
    )
    correlation: dict[str, Any] = Field(
        {},
        max_length=20,
        description="Values that the event's data must have, by path in it (without `event.data`): "
        "{order.id: '{{ order.id }}'}.",
    )
    look_back_seconds: float = Field(
        0, ge=0, le=MAX_LOOK_BACK_SECONDS, description="How long before the wait began the event may have arrived."
    )
    timeout_seconds: float = Field(
        DEFAULT_TIMEOUT_SECONDS, gt=0, le=MAX_SECONDS, description="After how many seconds it goes on at timeout."
    )

    @field_validator("event")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        if not patterns.is_pattern(value):
            raise ValueError("expected the type of an event, like lead.created; * is one level, ** at the end any")
        return value


class WaitForEventOutput(BaseModel):
    """What arrived; at timeout there is none."""

    event: dict[str, Any] = Field(description="The event: id, uid, type, source, subject, time and data.")


class WaitForEvent(ControlType[WaitForEventParams]):
    """Progress holds all that the wait is about, so that nothing that changes later changes it:
    `{"until", "since", "event_type", "condition"}`, and `event` once there is one. An event wins over the time.
    """

    key = "wait_for_event"
    title = "Wait for event"
    description = "Wait until a certain event arrives, at the longest for a time."
    icon = "hourglass"
    params_model = WaitForEventParams
    output_model = WaitForEventOutput
    as_written = frozenset({"match"})
    keeps_params: ClassVar[bool] = True  # beside the wait, for the events that arrive

    def ports(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        return ("done", TIMEOUT)

    def conditions(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"/match": params["match"]} if params.get("match") is not None else {}

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        match, correlation = params.get("match"), params.get("correlation")
        at = pointers.join(path, "match")
        found = [*_check_correlation(correlation, at=pointers.join(path, "correlation"))]
        if match is not None:
            found += conditions.check(match, path=at) or _check_names(match, at=at)
        return found or conditions.check(_joined(match, correlation), path=path)

    def take(self, params: WaitForEventParams, turn: Turn) -> Done | Wait:
        progress = _first(params, turn) if turn.progress is None else turn.progress
        if progress.get("event") is not None:
            return Done({"event": progress["event"]})
        until, since = (datetime.fromisoformat(progress[name]) for name in ("until", "since"))
        if turn.now >= until:
            return Done({}, TIMEOUT)
        return Wait(until, progress, Listen(progress["event_type"], progress["condition"], since))


def _first(params: WaitForEventParams, turn: Turn) -> Json:
    now = turn.now.astimezone(UTC)
    with templates.within():
        match = None if params.match is None else _rendered(conditions.normalise(params.match), turn.scope)
    correlation = {path: reading.literal(value) for path, value in params.correlation.items()}
    condition = _joined(match, correlation) if match is not None or correlation else None
    if condition is not None and (problems := conditions.check(condition, path="")):
        message = f"The condition cannot be waited for. {problems[0].path or '/'}: {problems[0].message}"
        raise ActionFailedError("invalid_condition", message, is_retryable=False)
    return {
        "until": instants.write(now + timedelta(seconds=params.timeout_seconds)),
        "since": instants.write(now - timedelta(seconds=params.look_back_seconds)),
        "event_type": params.event,
        "condition": condition,
    }


def _joined(match: Any, correlation: object) -> Json:
    """One condition of both."""
    wanted = correlation if isinstance(correlation, dict) else {}
    parts = [] if match is None else [match]
    parts += [{"field": _field(path), "operator": "eq", "value": value} for path, value in wanted.items()]
    return {"and": parts}


def _field(path: str) -> str:
    """A path in the event's data, also where a reserved name would win: `workflow` is `event.data.workflow`."""
    try:
        return str(paths.Path(("event", "data", *paths.parse(path).steps)))
    except paths.InvalidPathError:
        return path  # for the check


def _rendered(document: Any, scope: Scope) -> Any:
    """The canonical condition with the values of this run. Raises `ActionFailedError` for what cannot be rendered."""
    if isinstance(document, list):
        return [_rendered(each, scope) for each in document]
    if not isinstance(document, dict):
        return document
    rendered = {name: _rendered(document[name], scope) for name in ("and", "or", "not") if name in document}
    if "field" not in document:
        return rendered or document
    try:
        value = templates.render_structure(document.get("value"), scope)
    except templates.TemplateError as error:
        raise ActionFailedError(error.code, error.detail, is_retryable=False) from None
    return {"field": document["field"], "operator": document["operator"], "value": reading.literal(value)}


def _check_correlation(correlation: object, *, at: str) -> Iterator[Problem]:
    for path, value in correlation.items() if isinstance(correlation, dict) else ():
        for problem in conditions.check({"field": _field(path), "operator": "eq", "value": value}, path=""):
            below = problem.path.removeprefix("/field").removeprefix("/value")
            yield Problem(pointers.join(at, path) + below, problem.code, problem.message)


def _check_names(document: Any, *, at: str) -> Iterator[Problem]:
    """A problem for every field of a condition that is known only to the run, and so never to the event."""
    for token, inner in _inner(document):
        yield from _check_names(inner, at=pointers.join(at, token))
    field = document.get("field") if isinstance(document, dict) else None
    if isinstance(field, str) and (root := paths.parse(field).root) in RESERVED - {"event"}:
        message = (
            f"{root!r} is no name of the event that arrives; write `event.data.{field}` for its data, "
            "or a template in `value` for what this run knows."
        )
        yield Problem(pointers.join(at, "field"), "unknown_path", message)


def _inner(document: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(document, list):
        yield from enumerate(document)
    elif isinstance(document, dict):
        yield from ((name, document[name]) for name in ("and", "or", "not") if name in document)


register(WaitForEvent())
