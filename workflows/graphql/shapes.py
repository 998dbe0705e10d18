"""GraphQL types made of the shapes of the REST API, so that both say the same and check the same.

A field is called as in REST, in camel case. What has no type in REST is `JSON`; words of an enum are those of REST.
"""

import types
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

import strawberry
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from core import validation
from core.errors import InvalidError, Problem
from workflows.graphql import scalars

B = TypeVar("B", bound=BaseModel)
T = TypeVar("T")

_OUTPUTS: dict[type[BaseModel], Any] = {}
_INPUTS: dict[type[BaseModel], Any] = {}
_MODELS: dict[type[BaseModel], type[BaseModel]] = {}
# And those that end with _id. Where REST has text under one of these names, it is that of a row.
_IDS = frozenset({"id", "uid", "run", "workflow", "parent", "action_run", "repair", "replay_of"})


def output(model: type[BaseModel], *, name: str = "") -> Any:
    """The GraphQL type of an answer. Its resolvers give instances of the model."""
    if model not in _OUTPUTS:
        fields = [_field(each, info) for each, info in model.model_fields.items()]
        called = name or model.__name__.removesuffix("Response")
        _OUTPUTS[model] = create_type(called, fields, description=_description(model))
    return _OUTPUTS[model]


def takes(model: type[BaseModel], *, name: str = "") -> Any:
    """The GraphQL type of what is sent. Resolvers are given it as it came; `parse` makes the model of it."""
    if model not in _INPUTS:
        fields = [_field(each, info, of=takes) for each, info in model.model_fields.items()]
        called = name or f"{model.__name__.removesuffix('Request')}Input"
        made = create_type(called, fields, is_input=True, description=_description(model))
        made.__strawberry_definition__.from_input = lambda type_, value, context: dict(value)  # type: ignore[attr-defined]
        _INPUTS[model] = made
    return _INPUTS[model]


def argument(model: type[BaseModel], *, name: str = "") -> Any:
    """What the argument of a resolver is annotated with (`Annotated`) in order to take a shape."""
    is_needed = any(info.is_required() for info in model.model_fields.values())
    made = takes(model, name=name)
    return strawberry.argument(graphql_type=made if is_needed else made | None)


def parse(model: type[B], given: Mapping[str, Any] | None, *, path: str = "/input") -> B:
    """What was sent as the model. Raises `InvalidError` with every problem, each at its place below `path`."""
    if model not in _MODELS:
        of = {"model_config": ConfigDict(alias_generator=to_camel), "__doc__": model.__doc__, "__module__": __name__}
        _MODELS[model] = type(model.__name__, (model,), of)
    sent = {each: value for each, value in (given or {}).items() if value is not None}
    try:
        found: Any = validation.parse(_MODELS[model], sent)
    except InvalidError as error:
        problems = [Problem(f"{path}{item.path}", item.code, item.message) for item in error.problems]
        raise InvalidError(error.detail, problems=problems) from None
    return found  # type: ignore[no-any-return]


def node(model: type[BaseModel], *, name: str) -> Callable[[type[T]], type[T]]:
    """Make a class a GraphQL type with the fields of a shape, which `shown` of its instances gives; what the class
    declares itself stands in their place or beside them."""

    def decorate(cls: type[T]) -> type[T]:
        for each, info in model.model_fields.items():
            if each not in vars(cls):
                setattr(cls, each, _field(each, info, resolver=_reader(each)))
        return strawberry.type(cls, name=name, description=cls.__doc__)

    return decorate


def _reader(name: str) -> Callable[[Any], Any]:
    def read(self: Any) -> Any:
        return getattr(self.shown, name)

    return read


def _field(
    name: str, info: FieldInfo, *, of: Callable[[type[BaseModel]], Any] = output, resolver: Any = None
) -> StrawberryField:
    type_ = _type(name, info.annotation, of)
    if of is takes and not info.is_required() and type(None) not in get_args(type_):
        type_ = type_ | None
    rest: Any = {"default": strawberry.UNSET} if of is takes and not info.is_required() else {}
    made: Any = strawberry.field(
        graphql_type=type_, name=to_camel(name), description=info.description, resolver=resolver, **rest
    )
    made.python_name = name
    return made  # type: ignore[no-any-return]


def _type(name: str, annotation: Any, of: Callable[[type[BaseModel]], Any]) -> Any:
    """What GraphQL has for an annotation of a shape."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(name, inner[0], of)
    if origin in {Union, types.UnionType}:
        plain = [each for each in inner if each is not type(None)]
        found = _type(name, plain[0], of) if len(plain) == 1 else scalars.Json
        return Union[found, None] if type(None) in inner else found  # noqa: UP007  a NewType takes no `|` in 3.11
    if origin is list:
        return list[_type(name, inner[0], of)]  # type: ignore[misc]
    if annotation is Any:
        return Union[scalars.Json, None]  # noqa: UP007
    return scalars.OF_PYTHON.get(origin or annotation) or _plain(name, annotation, of)


def _plain(name: str, annotation: Any, of: Callable[[type[BaseModel]], Any]) -> Any:
    if get_origin(annotation) is Literal:
        return str
    if issubclass(annotation, BaseModel):
        return of(annotation)
    if issubclass(annotation, Enum):
        return enum(annotation)
    if annotation is UUID or (annotation is str and (name in _IDS or name.endswith("_id"))):
        return strawberry.ID
    return scalars.BigInt if annotation is int and name.endswith("_ms") else annotation


def enum(words: Any) -> Any:
    """The GraphQL enum of these words, as REST writes them."""
    return strawberry.enum(words, graphql_name_from="value", description=_description(words))


def _description(model: type) -> str:
    return " ".join((model.__doc__ or "").split())
