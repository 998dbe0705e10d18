"""The shapes of a connector as pydantic models: parameters for forms and checks, outputs for what later actions read.

Fields have names of ours and the written ones as aliases, since an API may call a field `json`, `class` or `x-y`.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from actions.base import ActionParams
from actions.connectors.document import Operation, Output, Param, Shape

CONNECTION = "connection"
_PYTHONS: dict[str, Any] = {
    "string": str, "integer": int, "number": int | float, "boolean": bool, "any": Any, "object": dict[str, Any],
    "array": list[Any],
}  # fmt: skip


class OperationParams(ActionParams):
    """Base of the parameters of operations; they go by the names of the connector only."""

    model_config = ConfigDict(populate_by_name=False)


class _Inner(BaseModel):
    """Base of objects in parameters; names that the connector does not tell are passed on as they are."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True)


def params_model(operation: Operation, *, title: str) -> type[OperationParams]:
    """The parameters of an operation and its `connection`, as what checks them and describes them to forms."""
    fields: dict[str, Any] = {
        f"field_{number}": (_optional(param), _described(param, alias=key))
        for number, (key, param) in enumerate(operation.params.items())
    }
    name = Field(None, alias=CONNECTION, description=f"The connection to {title}; not needed when there is only one.")
    return create_model("Params", __base__=OperationParams, **fields, connection=(str | None, name))


def output_model(operation: Operation) -> type[BaseModel]:
    """What an operation gives, by the names of its mapping."""
    response: Mapping[str, str | Output] = operation.response or {
        "status": Output(path="status", type="integer", description="The status code, such as 200."),
        "body": Output(path="body", description="The body: parsed when it is JSON, else text."),
    }
    fields: dict[str, Any] = {}
    for number, (key, output) in enumerate(response.items()):
        known = Output(path=output) if isinstance(output, str) else output
        description = known.description or f"`{known.path}` of the answer."
        fields[f"field_{number}"] = (_PYTHONS[known.type] | None, Field(None, alias=key, description=description))
    return create_model("Output", __base__=BaseModel, **fields)


def values(operation: Operation, params: BaseModel) -> dict[str, Any]:
    """What is sent, by the connector's names: given and default values; null only where the API takes it."""
    found: dict[str, Any] = {}
    for number, (key, param) in enumerate(operation.params.items()):
        name = f"field_{number}"
        value = _plain(getattr(params, name))
        if value is not None or (param.nullable and name in params.model_fields_set):
            found[key] = value
    return found


def annotation(shape: Shape) -> Any:
    """The Python type of a shape."""
    python = _PYTHONS[shape.type]
    if shape.enum is not None:
        python = Literal[tuple(shape.enum)]
    elif shape.type == "array" and shape.items is not None:
        python = list[annotation(shape.items)]  # type: ignore[misc]  # made at run time
    elif shape.type == "object" and shape.properties:
        python = _inner(shape.properties)
    bounds: dict[str, Any] = _between(shape) if shape.type in {"integer", "number"} else {}
    if shape.type in {"string", "array"} and shape.enum is None:
        bounds = {"min_length": shape.min_length, "max_length": shape.max_length}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    if given and shape.enum is None:
        python = Annotated[python, Field(**given)]
    return python | None if shape.nullable else python


def _between(shape: Shape) -> dict[str, int | float | None]:
    """The bounds of a number; of a whole one in whole numbers, since pydantic takes no others."""
    least, most = shape.minimum, shape.maximum
    if shape.type == "number":
        return {"ge": least, "le": most}
    return {"ge": None if least is None else math.ceil(least), "le": None if most is None else math.floor(most)}


def _inner(properties: Mapping[str, Shape]) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for number, (key, shape) in enumerate(properties.items()):
        info = Field(... if shape.required else None, alias=key, description=shape.description or None)
        fields[f"field_{number}"] = (annotation(shape) if shape.required else annotation(shape) | None, info)
    return create_model("Object", __base__=_Inner, **fields)


def _optional(param: Param) -> Any:
    return annotation(param) if _is_required(param) else annotation(param) | None


def _described(param: Param, *, alias: str) -> Any:
    default = ... if _is_required(param) else param.default
    return Field(default, alias=alias, description=param.description or None)


def _is_required(param: Param) -> bool:
    return param.required and param.default is None


def _plain(value: Any) -> Any:
    """The value as JSON: models by their aliases, without what was not given."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
