"""Do something to the database once for all attempts of an action: the effect and that it was done are one commit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg.errors
from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from actions import effects
from actions.base import ActionCall, ActionFailedError
from actions.entities.failures import failed
from actions.models import RecordedEffect

Json = dict[str, Any]


def once(call: ActionCall, action_type: str, do: Callable[[], Json]) -> Json:
    """What `do` returns, or what it returned for an earlier attempt with this idempotency key.

    Concurrency: the unique key lets one attempt through; the other waits for it, and answers the same. Whatever `do`
    raises undoes all of it, so the next attempt does it again.
    """
    with _told(), transaction.atomic():
        _bound(call)
        effect = _first(call, action_type)
        if effect is None:
            return effects.known(call.idempotency_key) or {}
        effect.result = result = do()
        effect.save(update_fields=["result"])
        return result


@contextmanager
def reading(call: ActionCall) -> Iterator[None]:
    """A transaction for queries alone, which the database ends with the time of the action."""
    with _told(), transaction.atomic():
        _bound(call)
        yield


def _first(call: ActionCall, action_type: str) -> RecordedEffect | None:
    """The note of this attempt, or None where another one has made its own."""
    try:
        with transaction.atomic():
            return effects.note(call.idempotency_key, action_type, {})
    except IntegrityError:
        return None


def _bound(call: ActionCall) -> None:
    with connection.cursor() as cursor:
        milliseconds = max(int(call.timeout_seconds * 1000), 1)
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])


@contextmanager
def _told() -> Iterator[None]:
    """The failures of the database that say something about the action, as the action's."""
    try:
        yield
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "a constraint"
        raise failed("conflict", f"The database refuses it: {constraint} would not hold any more.") from None
    except DataError:
        raise failed("invalid_value", "The database refuses a value: it is too long or too large.") from None
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            text = "The database did not answer within the time of the action."
            raise ActionFailedError("timeout", text, is_retryable=True) from None
        raise
