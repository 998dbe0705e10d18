"""What is wrong with a message: whether any worker could take it at all."""

import inspect
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from celery import current_app

from core.worker import headers

MAX_WORDS = 500  # characters of an error that we quote
MAX_HOLD_SECONDS = 60  # what waits longer is a row; a worker that held such messages would take no others


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a message is given up: a word that never changes, and a sentence."""

    code: str
    message: str


def of(message: Any, *, tasks: Container[str]) -> Cause | None:
    """Why no worker can take a kombu message, or None if one can. The body is decoded at most once (kombu keeps it).

    1. It is no message: something else was put in the broker's list. 2. It names no task. 3. No task has this name.
    4. What Celery reads of its headers is of another type, or it asks to be held for long. 5. Its body cannot be
    decoded, or may not be: another content type than JSON. 6. The body is no call of a task.
    """
    known: Any = message.headers
    if not isinstance(known, dict):
        return Cause("malformed", "Its headers are no table.")
    return _of_headers(message, known, tasks=tasks) or _of_body(message)


def _of_headers(message: Any, known: dict[str, Any], *, tasks: Container[str]) -> Cause | None:
    if why := known.get(headers.UNREADABLE):  # 1
        return Cause("undecodable", f"What was in the queue is no message: {why}"[:MAX_WORDS])
    name = known.get("task")
    if not isinstance(name, str):  # 2
        return _without_task(message)
    if name not in tasks:  # 3
        return Cause("unknown_task", f"There is no task {name[:200]!r} here. Is a plugin missing?")
    if wrong := [each for each, fits in _READ.items() if not fits(known.get(each))]:  # 4
        return Cause("malformed", f"Its header {wrong[0]!r} is not what Celery expects there.")
    if (eta := known.get("eta")) and _seconds_until(eta) > MAX_HOLD_SECONDS:  # 4
        return Cause("malformed", f"It asks to be held until {eta}; a message may wait {MAX_HOLD_SECONDS} s at most.")
    return None


def _of_body(message: Any) -> Cause | None:
    try:
        payload = message.payload
    except Exception as error:  # noqa: BLE001  whatever decoders of foreign bytes raise  # 5
        return undecodable(message, error)
    return _call(payload)  # 6


def known_tasks() -> Container[str]:
    """The tasks of this installation. Only workers load them by themselves; the web and commands do it here, once."""
    _load()
    found: Container[str] = current_app.tasks
    return found


@cache
def _load() -> None:
    current_app.loader.import_default_modules()


def undecodable(message: Any, error: BaseException) -> Cause:
    """Why the body cannot be decoded."""
    said = f"{type(error).__name__}: {error}"[:MAX_WORDS]
    if type(error).__name__ == "ContentDisallowed" or _is_unknown_type(message):
        return Cause("content_type", f"Its content type {str(message.content_type)[:100]!r} is not accepted. {said}")
    return Cause("undecodable", f"Its body cannot be decoded. {said}")


def _is_unknown_type(message: Any) -> bool:
    return message.content_type not in (None, "application/json")


def _are_limits(value: Any) -> bool:
    """Two of them; Celery would fail after it has reserved a process for the task."""
    if value is None:
        return True
    numbers = isinstance(value, list | tuple) and all(isinstance(each, int | float | None) for each in value)
    return numbers and len(value) == 2


def _are_names(value: Any) -> bool:
    return value is None or (isinstance(value, list | tuple) and all(isinstance(each, str) for each in value))


def _is_instant(value: Any) -> bool:
    try:
        return value is None or bool(datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def _seconds_until(eta: str) -> float:
    at = datetime.fromisoformat(eta)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp()


_READ: dict[str, Callable[[Any], bool]] = {
    "id": lambda value: isinstance(value, str),
    "timelimit": _are_limits,
    "eta": _is_instant,
    "expires": _is_instant,
    "stamped_headers": _are_names,
    "stamps": lambda value: isinstance(value, dict | None),
    "retries": lambda value: isinstance(value, int | None),
}


def _without_task(message: Any) -> Cause:
    try:
        message.payload  # noqa: B018  decoded by being read
    except Exception as error:  # noqa: BLE001  as above
        return undecodable(message, error)
    return Cause("malformed", "It names no task, so it is no message of Celery.")


def _call(payload: Any) -> Cause | None:
    if not isinstance(payload, list | tuple) or len(payload) != 3:
        return Cause("wrong_arguments", "Its body is not the arguments, the named arguments and what is embedded.")
    args, kwargs, embedded = payload
    if not isinstance(args, list | tuple) or not isinstance(kwargs, dict):
        return Cause("wrong_arguments", "Its arguments are no list, or its named arguments no object.")
    if not all(isinstance(name, str) for name in kwargs) or not isinstance(embedded, dict | None):
        return Cause("wrong_arguments", "Its named arguments or what is embedded in it is no object.")
    chain = (embedded or {}).get("chain")
    if chain is not None and not isinstance(chain, list):
        return Cause("wrong_arguments", "The chain in it is no list.")
    return None


def takes(run: Any, args: Any, kwargs: Any) -> bool:
    """Whether a function can be called with these arguments."""
    try:
        inspect.signature(run).bind(*args, **kwargs)
    except TypeError:
        return False
    return True
