"""Fields of the schema: who may ask for one, and what it costs.

The endpoint lets everybody in who is somebody; each field that reads or changes rows says by itself which role it
needs, and of which area of `core.scopes` it is, as the REST view of the same does. What is refused is null, with an
error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

import strawberry
from django.db import transaction
from strawberry.extensions import FieldExtension

from core import documents, scopes
from core.api import permissions
from core.api.views import WorkspaceViewSet
from core.models import Role

Info = strawberry.Info[WorkspaceViewSet, None]

RULE = "rule"

Resolver = TypeVar("Resolver", bound=Callable[..., Any])


class Field(Protocol):
    """What makes a method a field."""

    def __call__(self, resolver: Resolver, /) -> Resolver: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """The least role, the area, and whether it changes anything; what it costs (`bounds`), once and for each row."""

    role: Role
    area: str
    is_change: bool = False
    cost: int = 1
    of_each: int = 1


class Guard(FieldExtension):
    """Refuses who may not, and what cannot be stored; a change is one transaction."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        rule, caller = self._rule, info.context.caller
        permissions.check_role(caller, rule.role)
        permissions.check_scope(caller, scopes.named(rule.area, is_write=rule.is_change))
        documents.check_storable(kwargs)
        if not rule.is_change:
            return next_(source, info, **kwargs)
        with transaction.atomic():
            return next_(source, info, **kwargs)


def reading(type_: Any, *, area: str, role: Role = Role.VIEWER, cost: int = 1, of_each: int = 1) -> Field:
    """A field that reads rows."""
    return _made(type_, Rule(role, area, cost=cost, of_each=of_each))


def change(type_: Any, *, area: str, role: Role, cost: int = 100) -> Field:
    """A field that changes something: all of it, or nothing."""
    return _made(type_, Rule(role, area, is_change=True, cost=cost))


def always(type_: Any) -> Field:
    """A field for everybody who has what it is of."""
    return _made(type_, None)


def _made(type_: Any, rule: Rule | None) -> Field:
    rest: Any = {"extensions": [Guard(rule)], "metadata": {RULE: rule}} if rule else {}

    def decorate(resolver: Resolver) -> Resolver:
        text = " ".join((resolver.__doc__ or "").split())
        return cast("Resolver", strawberry.field(resolver, graphql_type=type_, description=text, **rest))

    return decorate
