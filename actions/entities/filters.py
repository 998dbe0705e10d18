"""Filters that workflows write, in the style of Django's lookups (`created_at__gte`), and only what is harmless of it.

No lookup crosses to another model, none is a regular expression, and none reads a field that is masked or not readable:
an answer about rows is an answer about their fields.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import CharField, Model, QuerySet, TextField

from actions.base import ActionFailedError
from actions.entities import rows, values
from actions.entities.entity import Actor, AnyField, Entity
from actions.entities.failures import failed
from actions.entities.registry import entities
from actions.entities.values import InvalidValueError
from core import pointers, validation
from core.errors import Problem
from core.expressions import templates
from core.models import Role

TEXT_LOOKUPS = frozenset({"iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"})
ORDER_LOOKUPS = frozenset({"exact", "gt", "gte", "lt", "lte"})
LOOKUPS = frozenset({"in", "isnull", *ORDER_LOOKUPS, *TEXT_LOOKUPS})
MAX_FILTERS = 20
MAX_LISTED = 1000


def apply(entity: Entity, filters: Mapping[str, Any], actor: Actor) -> QuerySet[Any]:
    """The rows of the workspace for which all filters hold. Raises `ActionFailedError` (invalid_filter, unknown_field,
    field_masked, not_permitted).
    """
    if len(filters) > MAX_FILTERS:
        raise failed("invalid_filter", f"There are {len(filters)} filters; at most {MAX_FILTERS} are taken.")
    found: QuerySet[Model] = rows.of(entity)
    for written, value in filters.items():
        attribute, lookup = split(entity, written)
        readable(entity, attribute, actor)
        found = found.filter(**{f"{attribute}__{lookup}": _value(entity.fields[attribute], lookup, value)})
    return found


def split(entity: Entity, written: str) -> tuple[str, str]:
    """The attribute and the lookup of `created_at__gte`. Raises `ActionFailedError`."""
    if entity.attribute(written) is not None:
        return rows.attribute_of(entity, written), "exact"
    name, _, lookup = written.rpartition("__")
    attribute = rows.attribute_of(entity, name or written)
    field = entity.fields[attribute]
    known = LOOKUPS if isinstance(field, CharField | TextField) else LOOKUPS - TEXT_LOOKUPS
    if lookup not in known:
        guess = validation.did_you_mean(lookup, known)
        raise failed("invalid_filter", f"{written[:100]!r}: there is no lookup {lookup[:40]!r} here.{guess}")
    return attribute, lookup


def readable(entity: Entity, attribute: str, actor: Actor) -> None:
    """Do nothing when the actor may ask about a field. Raises `ActionFailedError` (field_masked, not_permitted)."""
    if not actor.sees(entity, attribute):
        text = f"{entity.name}.{attribute} is masked: records are neither found nor ordered by it."
        raise failed("field_masked", text)
    if not actor.may_read(entity, attribute):
        raise failed("not_permitted", f"{entity.name}.{attribute} is not read by the role {actor.role.value}.")


def _value(field: AnyField, lookup: str, value: Any) -> Any:
    try:
        if lookup == "isnull":
            return _boolean(value)
        if lookup == "in":
            return [values.convert(field, each) for each in _listed(value)]
        return _text(value) if lookup in TEXT_LOOKUPS else values.convert(field, _known(value))
    except InvalidValueError as error:
        raise failed("invalid_filter", f"The filter {field.name}__{lookup}: {error}") from None


def _text(value: Any) -> str:
    return str(values.convert(CharField(name="value"), _known(value)))


def _known(value: Any) -> Any:
    if value is None:
        raise InvalidValueError("null is asked for with __isnull.")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidValueError("expected true or false.")
    return value


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_LISTED:
        raise InvalidValueError(f"expected a list of at most {MAX_LISTED} values.")
    return value


def ordered(entity: Entity, found: QuerySet[Any], order_by: str, actor: Actor) -> QuerySet[Any]:
    """The rows in the order of a field (`-created_at`: the largest first), and of their keys where that is equal.

    Raises `ActionFailedError` as `apply` does.
    """
    if not order_by:
        return found.order_by("pk")
    attribute = rows.attribute_of(entity, order_by.removeprefix("-"))
    readable(entity, attribute, actor)
    return found.order_by(f"-{attribute}" if order_by.startswith("-") else attribute, "pk")


def check(params: Mapping[str, Any], *, path: str, action_type: str) -> Iterator[Problem]:
    """What is wrong with the filters and the order of parameters as they are written."""
    name, written = params.get("entity_type"), params.get("filters")
    entity = entities.find(name) if isinstance(name, str) else None
    if entity is None:
        return
    actor = Actor(action_type, Role.ADMIN)
    for filter_, value in written.items() if isinstance(written, dict) else ():
        known_value = None if templates.has_templates(value) else value
        yield from _check(entity, filter_, known_value, actor, path=pointers.join(path, "filters", filter_))
    order = params.get("order_by")
    if isinstance(order, str) and order and not templates.is_template(order):
        yield from _check(entity, order.removeprefix("-"), None, actor, path=pointers.join(path, "order_by"))


def _check(entity: Entity, written: str, value: Any, actor: Actor, *, path: str) -> Iterator[Problem]:
    try:
        attribute, lookup = split(entity, written)
        readable(entity, attribute, actor)
        if value is not None:
            _value(entity.fields[attribute], lookup, value)
    except ActionFailedError as error:
        yield Problem(path, error.code, error.message)
