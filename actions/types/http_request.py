"""`http_request`: call any HTTP API and read the answer."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from actions import outbound
from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects, in_capitals
from actions.outbound import OutboundRequest
from actions.outbound.hosts import DYNAMIC_HOST
from actions.registry import register
from core import pointers
from core.errors import Problem

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
IDEMPOTENCY_HEADER = "Idempotency-Key"
StatusClass = Literal["2xx", "3xx", "4xx", "5xx"]
Status = Annotated[int, Field(ge=100, le=599)]
Scalar = str | int | float | bool


class HttpRequestParams(ActionParams):
    """What to send, and which answers are good."""

    method: Annotated[Method, BeforeValidator(in_capitals, json_schema_input_type=Method)] = Field(
        "GET", description="The HTTP method."
    )
    url: str = Field(min_length=1, max_length=2048, description="Where to, beginning with http:// or https://.")
    headers: dict[str, str] = Field({}, description="Headers to send.")
    query: dict[str, Scalar | list[Scalar]] = Field({}, description="Added to the URL as ?name=value, safely encoded.")
    json_body: Any = Field(None, alias="json", description="A body that is sent as JSON.")
    form: dict[str, Scalar | list[Scalar]] | None = Field(None, description="A body that is sent as an HTML form is.")
    body: str | dict[str, Any] | list[Any] | None = Field(
        None, description="A body of text, sent as it is. An object or a list is sent as JSON."
    )
    expected_status: list[Status | StatusClass] = Field(
        ["2xx"], min_length=1, description="Answers that count as success: numbers, or classes such as 2xx."
    )
    timeout_seconds: float | None = Field(
        None, gt=0, le=3600, description="The longest wait for the whole answer; the action's own limit holds anyway."
    )
    allow_dynamic_host: bool = Field(False, description=DYNAMIC_HOST)

    @model_validator(mode="after")
    def _one_body(self) -> "HttpRequestParams":
        if len(self.model_fields_set & {"json_body", "form", "body"}) > 1:
            raise ValueError("give only one of json, form and body")
        return self


class HttpRequestOutput(BaseModel):
    """The answer."""

    status: int = Field(description="The status code, such as 200.")
    headers: dict[str, str] = Field(description="The headers, their names in lower case.")
    body: Any = Field(description="The body: parsed when it is JSON, else text.")


class HttpRequest(ActionType[HttpRequestParams]):
    """Send a request with an idempotency key; fail for a status that is not expected."""

    key = "http_request"
    title = "HTTP request"
    description = "Call an HTTP API and use its answer in later actions."
    category = "http"
    icon = "globe"
    effects = Effects.KEYED
    url_params = frozenset({"url"})
    params_model = HttpRequestParams
    output_model = HttpRequestOutput

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return [*outbound.check_url(params, path=path), *_check_headers(params.get("headers"), path=path)]

    def perform(self, params: HttpRequestParams, call: ActionCall) -> ActionResult:
        content_type, body = _body(params)
        headers = {"Content-Type": content_type} if content_type else {}
        request = OutboundRequest(
            method=params.method,
            url=params.url,
            headers=_over(_over(headers, params.headers), {IDEMPOTENCY_HEADER: call.idempotency_key}),
            query=params.query,
            body=body,
        )
        response = outbound.call(
            request,
            timeout_seconds=min(params.timeout_seconds or call.timeout_seconds, call.timeout_seconds),
            redactor=call.redactor,
            is_expected=partial(_is_expected, params),
        )
        output = {"status": response.status, "headers": dict(response.headers), "body": response.value()}
        return ActionResult(
            output=output, request=request.as_json(call.redactor), response=response.as_json(call.redactor)
        )


def _check_headers(headers: object, *, path: str) -> Iterator[Problem]:
    for name in headers if isinstance(headers, dict) else ():
        if str(name).lower() == IDEMPOTENCY_HEADER.lower():
            message = f"{IDEMPOTENCY_HEADER} is ours to send: it is the same for every attempt. Take it out."
            yield Problem(pointers.join(path, "headers", name), "reserved_header", message)


def _body(params: HttpRequestParams) -> tuple[str, bytes | None]:
    """The media type and the bytes."""
    if "json_body" in params.model_fields_set:
        return "application/json", outbound.json_bytes(params.json_body)
    if params.form is not None:
        return "application/x-www-form-urlencoded", urlencode(_written(params.form), doseq=True).encode()
    if isinstance(params.body, dict | list):
        return "application/json", outbound.json_bytes(params.body)
    if params.body is not None:
        return "text/plain; charset=utf-8", params.body.encode("utf-8", "replace")
    return "", None


def _written(form: dict[str, Any]) -> dict[str, Any]:
    """Booleans as JSON writes them, not as Python does."""
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in form.items()}


def _over(ours: dict[str, str], theirs: dict[str, str]) -> dict[str, str]:
    """Their headers, and those of ours that they do not give, whatever the case of the names."""
    given = {name.lower() for name in theirs}
    return {name: value for name, value in ours.items() if name.lower() not in given} | theirs


def _is_expected(params: HttpRequestParams, status: int) -> bool:
    return status in params.expected_status or f"{status // 100}xx" in params.expected_status


register(HttpRequest())
