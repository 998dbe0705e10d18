"""`transform_data`: make a value of another shape, by templates, by JMESPath or by a JSONLogic rule."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field, model_validator

from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects
from actions.registry import register
from core import pointers, storable
from core.errors import MalformedError, Problem
from core.expressions import jsonlogic, picking, templates

MAX_RESULT_BYTES = 1024 * 1024
_WAYS = ("mapping", "pick", "jsonlogic")


class TransformDataParams(ActionParams):
    """What is made of what: exactly one of mapping, pick and jsonlogic."""

    input: Any = Field("{{ event.data }}", description="What pick and jsonlogic read; the event's data by default.")
    mapping: Any = Field(None, description="The result itself, with templates in it.")
    pick: str | None = Field(
        None,
        min_length=1,
        max_length=picking.MAX_CHARACTERS,
        description="A JMESPath expression over the input: picks, filters, sorts and maps.",
    )
    jsonlogic: Any = Field(None, description="A JSONLogic rule over the input; its value is the result.")

    @model_validator(mode="after")
    def _one_way(self) -> "TransformDataParams":
        if len(self.model_fields_set & {*_WAYS}) != 1:
            raise ValueError("give exactly one of mapping, pick and jsonlogic")
        return self


class TransformDataOutput(BaseModel):
    """What was made."""

    result: Any = Field(description="The new value.")


class TransformData(ActionType[TransformDataParams]):
    """Nothing happens outside. The work that strangers' expressions may cause is bounded where they are evaluated."""

    key = "transform_data"
    aliases = ("transform",)
    title = "Transform data"
    description = "Bring data into another shape: pick, rename, filter, sort, compute."
    category = "data"
    icon = "shuffle"
    effects = Effects.NONE
    is_pure = True
    params_model = TransformDataParams
    output_model = TransformDataOutput
    as_written = frozenset({"pick", "jsonlogic"})

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        found = [_no_template(name, path=path) for name in ("pick", "jsonlogic") if _has_template(params.get(name))]
        if found:
            return found
        if params.get("jsonlogic") is not None:
            found += jsonlogic.check(params["jsonlogic"], path=pointers.join(path, "jsonlogic"))
        if isinstance(params.get("pick"), str):
            try:
                picking.compile(params["pick"])
            except picking.InvalidQueryError as error:
                found.append(Problem(pointers.join(path, "pick"), error.code, error.detail))
        return found

    def perform(self, params: TransformDataParams, call: ActionCall) -> ActionResult:
        try:
            result = _result(params)
            size = storable.size_bytes(result)
        except (jsonlogic.CannotTellError, picking.CannotPickError) as error:
            raise _failure("transform_failed", f"The input cannot be transformed: {error}.") from None
        except MalformedError as error:
            raise _failure("transform_failed", f"The result cannot be kept: {error.detail}") from None
        if size > MAX_RESULT_BYTES:
            raise _failure("transform_failed", f"The result has {size:,} bytes; at most {MAX_RESULT_BYTES:,} are kept.")
        return ActionResult(output={"result": result})


def _result(params: TransformDataParams) -> Any:
    if params.pick is not None:
        return picking.compile(params.pick).apply(params.input)
    if "jsonlogic" in params.model_fields_set:
        return jsonlogic.compile(params.jsonlogic).apply(params.input)
    return params.mapping


def _has_template(value: Any) -> bool:
    return value is not None and templates.has_templates(value)


def _no_template(name: str, *, path: str) -> Problem:
    message = f"{name} is read as it is written: no template stands in it. Put what it needs into `input`."
    return Problem(pointers.join(path, name), "template_not_allowed", message)


def _failure(code: str, message: str) -> ActionFailedError:
    return ActionFailedError(code, message, is_retryable=False)


register(TransformData())
