"""What several control actions read from parameters: names, instants, conditions compiled once, lists of actions."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator

from actions.base import ActionFailedError
from core import pointers
from core.errors import Problem
from core.expressions import conditions, instants, templates
from core.expressions.conditions import Condition, InvalidConditionError
from core.expressions.scope import Scope
from workflows.definitions.document import NAME

_NAME = re.compile(NAME)


def is_name(text: object) -> bool:
    """Whether `text` can name a port or a branch."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def _named(text: str) -> str:
    if not is_name(text):
        raise ValueError("a name is letters, digits and _, does not begin with a digit, and has at most 100 characters")
    return text


Name = Annotated[str, AfterValidator(_named)]
Body = list[dict[str, Any]]


def instant(text: str, *, zone: tzinfo) -> datetime | None:
    """The instant in UTC that ISO 8601 text means, None for any other text.

    A date is the beginning of that day, and without an offset the time is that of `zone`: here people write when
    something is to happen, for themselves.
    """
    if instants.parse(text) is None:
        return None
    moment = datetime.fromisoformat(text)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:  # the last day of the year 9999, west of UTC
        return None


def zone_of(scope: Scope) -> tzinfo:
    """The time zone of the workspace, in which the scope's clock is read."""
    now = scope.names["now"]
    return now.tzinfo or UTC


def condition(document: Any) -> Condition:
    """The condition of a document in any shape. Raises `ActionFailedError` (invalid_condition)."""
    try:
        return _compiled(json.dumps(document))
    except InvalidConditionError as error:  # published before an operator was taken away
        raise ActionFailedError(error.code, error.detail, is_retryable=False) from None


@lru_cache(maxsize=1000)
def _compiled(text: str) -> Condition:
    return conditions.compile(json.loads(text))


def literal(value: Any) -> Any:
    """The value as a condition may hold it, where text with `{{` would be read as a template and is none.

    Such text becomes a template that is one constant. Every character that could end it early, and every line break,
    which the template engine would write its own way, is escaped.
    """
    if isinstance(value, dict):
        return {key: literal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [literal(inner) for inner in value]
    if not isinstance(value, str) or not templates.is_template(value):
        return value
    escaped = value.encode("unicode_escape").decode("ascii")
    for character in '"{}':
        escaped = escaped.replace(character, f"\\x{ord(character):02x}")
    return f'{{{{ "{escaped}" }}}}'


def check_structure(value: object, *, at: str) -> Iterator[Problem]:
    """A problem for a template where a structure is read as it is written: in its place, or as a member of the list."""
    members = enumerate(value) if isinstance(value, list) else ()
    for pointer, each in [(at, value), *((pointers.join(at, index), member) for index, member in members)]:
        if isinstance(each, str) and templates.is_template(each):
            yield Problem(pointer, "invalid_parameter", "A template cannot stand here: this is read as it is written.")
