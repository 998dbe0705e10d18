"""Which operations there are, by what they are done to and their name."""

from typing import Any

from core import validation
from core.errors import InvalidError, Problem
from workflows.engine.repairs import Target
from workflows.services.bulk.operation import Operation, Options
from workflows.services.bulk.operations.cancel import Cancel
from workflows.services.bulk.operations.move import Move
from workflows.services.bulk.operations.replay import Replay
from workflows.services.bulk.operations.replay_notification import ReplayNotification
from workflows.services.bulk.operations.retry import Retry

Json = dict[str, Any]

OPERATIONS: tuple[Operation[Any], ...] = (Cancel(), Retry(), Replay(), Move(), ReplayNotification())


def names(target: Target) -> list[str]:
    """The operations that can be done to such rows."""
    return [each.name for each in OPERATIONS if each.target == target]


def find(target: Target, name: str) -> Operation[Any]:
    """The operation with this name. Raises `InvalidError` for one that there is not."""
    for each in OPERATIONS:
        if (each.target, each.name) == (target, name):
            return each
    message = f"There is no operation {name[:64]!r} for {target}s; there are {', '.join(names(target))}."
    raise InvalidError(message, problems=[Problem("/operation", "unknown_operation", message)])


def options(operation: Operation[Any], written: Json) -> Options:
    """The options as it reads them. Raises `InvalidError` for those that it does not have."""
    try:
        found: Options = validation.parse(operation.options, written)
    except InvalidError as error:
        problems = [Problem(f"/options{each.path}", each.code, each.message) for each in error.problems]
        raise InvalidError(error.detail, problems=problems) from None
    return found
