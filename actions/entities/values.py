"""Values of fields: from JSON, checked as the model's field checks them, and back to JSON with masks."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, CharField, DateTimeField, JSONField, Model, TextField
from django.utils.timezone import is_naive

from actions.entities.entity import Actor, AnyField, Entity
from core import json_values, masking
from core.documents import UNSTORABLE

Json = dict[str, Any]
MAX_MESSAGE_CHARACTERS = 300


class InvalidValueError(Exception):
    """A value that a field does not take. The message says what was expected, and never the value."""


def clean(field: AnyField, value: Any, *, row: Model | None = None) -> Any:
    """The value as the field's Python type, valid by the field's own rules. Raises `InvalidValueError`."""
    try:
        return _readable(field.clean(_prepared(field, value), row))
    except ValidationError as error:
        raise InvalidValueError(_message(field, error.messages)) from None
    except (TypeError, ValueError, OverflowError, ArithmeticError):
        raise InvalidValueError(f"{field.name!r} does not take a value of this kind.") from None


def convert(field: AnyField, value: Any) -> Any:
    """The value as the field's Python type, to compare with; its other rules do not matter. Raises
    `InvalidValueError`.
    """
    try:
        return _readable(field.to_python(_prepared(field, value)))
    except ValidationError as error:
        raise InvalidValueError(_message(field, error.messages)) from None
    except (TypeError, ValueError, OverflowError, ArithmeticError):
        raise InvalidValueError(f"{field.name!r} does not take a value of this kind.") from None


def shown(entity: Entity, row: Model, actor: Actor, attributes: Iterable[str] | None = None) -> Json:
    """The fields of a row that the actor may read, as JSON, with `***` for those that are masked; the key as `id`."""
    wanted = [each for each in entity.known() if actor.may_read(entity, each) or each in entity.masked]
    chosen = wanted if attributes is None else [each for each in attributes if each in wanted]
    hidden = frozenset(each for each in chosen if not actor.sees(entity, each))
    # What is masked is not read, either: a deferred field costs no query then.
    values = {each: None if each in hidden else as_json(getattr(row, each)) for each in chosen}
    return {"id": as_json(row.pk), **masking.masked(values, hidden)}


def as_json(value: Any) -> Any:
    """A field's value as events of changes tell it."""
    return json_values.convert(value, unknown=json_values.as_text)


def equal(field: AnyField, stored: Any, value: Any) -> bool:
    """Whether a stored value is the one that JSON says. A value that the field does not take is none of its values."""
    try:
        return bool(as_json(stored) == as_json(convert(field, value)))
    except InvalidValueError:
        return False


def _prepared(field: AnyField, value: Any) -> Any:
    is_structure = isinstance(value, Mapping | list | tuple)
    if is_structure and not isinstance(field, JSONField):
        raise InvalidValueError(f"{field.name!r} does not take a list or an object.")
    if isinstance(value, str) and UNSTORABLE.search(value):
        raise InvalidValueError(f"{field.name!r} has a character that cannot be stored (NUL or half a surrogate pair).")
    if isinstance(value, bool) and not isinstance(field, BooleanField | JSONField):
        raise InvalidValueError(f"{field.name!r} does not take true or false.")
    if isinstance(value, date) and isinstance(field, CharField | TextField | JSONField):
        return value.isoformat()
    if isinstance(field, BooleanField) and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    return _aware(value) if isinstance(field, DateTimeField) else value


def _aware(value: Any) -> Any:
    """Instants without a zone are in UTC, as everywhere in Sequitur."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if is_naive(value) else value
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else value


def _readable(value: Any) -> Any:
    """The value; an instant in UTC. One that has no year of four digits there can be stored, and would break every
    query that reads its row from then on. Raises OverflowError.
    """
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if is_naive(value) else value.astimezone(UTC)


def _message(field: AnyField, messages: Iterable[str]) -> str:
    """What Django says, and the choices where there are some; without the value, which may be anything."""
    if field.choices:
        return f"{field.name!r} takes one of {', '.join(str(key) for key, _ in field.flatchoices)}."
    kind = str(field.description % {**vars(field)}) if field.description else type(field).__name__
    said = " ".join(text for text in messages if "“" not in text)
    return f"{field.name!r} takes {kind[:1].lower()}{kind[1:]}. {said}".strip()[:MAX_MESSAGE_CHARACTERS]
