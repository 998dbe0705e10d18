"""`http_request`: call any HTTP API and read the answer."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from actions import outbound, usage
from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects, in_capitals
from actions.http import authentication, bodies, reading
from actions.http.authentication import Access, Auth, HttpKinds
from actions.http.bodies import Part
from actions.http.paging import Pages, Pagination
from actions.outbound import OutboundRequest, OutboundResponse
from actions.outbound.hosts import DYNAMIC_HOST
from actions.registry import register
from core import pointers
from core.errors import Problem

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
IDEMPOTENCY_HEADER = "Idempotency-Key"
StatusClass = Literal["2xx", "3xx", "4xx", "5xx"]
Status = Annotated[int, Field(ge=100, le=599)]
Scalar = str | int | float | bool
BODIES = frozenset({"json_body", "form", "body", "multipart"})


class HttpRequestParams(ActionParams):
    """What to send, and which answers are good."""

    method: Annotated[Method, BeforeValidator(in_capitals, json_schema_input_type=Method)] = Field(
        "GET", description="The HTTP method."
    )
    url: str = Field(
        min_length=1,
        max_length=2048,
        description="Where to, beginning with http:// or https://; with a connection, a path below its URL.",
    )
    connection: str | None = Field(
        None, description="The connection whose credentials are sent, to its own URL and to no other."
    )
    auth: Auth | None = Field(None, description="Credentials without a connection: basic or bearer.")
    headers: dict[str, str] = Field({}, description="Headers to send.")
    query: dict[str, Scalar | list[Scalar]] = Field({}, description="Added to the URL as ?name=value, safely encoded.")
    json_body: Any = Field(None, alias="json", description="A body that is sent as JSON.")
    form: dict[str, Scalar | list[Scalar]] | None = Field(None, description="A body that is sent as an HTML form is.")
    multipart: list[Part] | None = Field(
        None, min_length=1, max_length=50, description="A body of fields and files, as a form with files is sent."
    )
    body: str | dict[str, Any] | list[Any] | None = Field(
        None, description="A body of text, sent as it is. An object or a list is sent as JSON."
    )
    expected_status: list[Status | StatusClass] = Field(
        ["2xx"], min_length=1, description="Answers that count as success: numbers, or classes such as 2xx."
    )
    follow_redirects: bool = Field(
        False, description="Whether redirects are followed, at most five; to another origin without credentials."
    )
    pagination: Pagination | None = Field(None, description="Reads a list page by page; its output has `items`.")
    response: dict[str, str] = Field(
        {}, max_length=100, description="Named values of the answer, by their paths: {id: body.data.id}."
    )
    max_response_bytes: int | None = Field(
        None, ge=1, description="The longest answer (of a page) that is read; never more than the server's limit."
    )
    timeout_seconds: float | None = Field(
        None, gt=0, le=3600, description="The longest wait for the whole answer; the action's own limit holds anyway."
    )
    allow_dynamic_host: bool = Field(False, description=DYNAMIC_HOST)

    @model_validator(mode="after")
    def _fits_together(self) -> "HttpRequestParams":
        if len(self.model_fields_set & BODIES) > 1:
            raise ValueError("give only one of json, form, multipart and body")
        if self.connection is not None and self.auth is not None:
            raise ValueError("give either a connection or auth")
        if self.auth is not None and any(name.lower() == "authorization" for name in self.headers):
            raise ValueError("give either auth or a header Authorization")
        if self.pagination is not None and self.method != "GET":
            raise ValueError("pagination reads lists with GET")
        return self


class HttpRequestOutput(BaseModel):
    """The answer."""

    status: int = Field(description="The status code, such as 200.")
    headers: dict[str, str] = Field(description="The headers, their names in lower case.")
    body: Any = Field(description="The body: parsed when it is JSON, else text; null with pagination.")
    values: dict[str, Any] | None = Field(None, description="What `response` names; null where nothing stands.")
    items: list[Any] | None = Field(None, description="With pagination: the items of all pages.")
    pages: int | None = Field(None, description="With pagination: how many pages were read.")
    is_complete: bool | None = Field(None, description="With pagination: whether the list has no more.")


class HttpRequest(ActionType[HttpRequestParams]):
    """Send a request with an idempotency key; fail for a status that is not expected."""

    key = "http_request"
    title = "HTTP request"
    description = "Call an HTTP API and use its answer in later actions."
    category = "http"
    icon = "globe"
    effects = Effects.KEYED
    url_params = frozenset({"url"})
    connection_params = HttpKinds()
    params_model = HttpRequestParams
    output_model = HttpRequestOutput

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return [
            *_check_url(params, path=path),
            *_check_headers(params.get("headers"), path=path),
            *reading.check(params.get("response"), path=f"{path}/response"),
        ]

    def would(self, params: HttpRequestParams, call: ActionCall) -> dict[str, Any]:
        """The request, but for what a connection adds to it."""
        access = authentication.given(params.url, params.auth)
        request = _request(params, access, idempotency_key=call.idempotency_key)
        return {**request.as_json(call.redactor), "connection": params.connection}

    def sample(self, params: HttpRequestParams) -> dict[str, Any]:
        status = next((each for each in params.expected_status if isinstance(each, int)), 200)
        output: dict[str, Any] = {"status": status, "headers": {}, "body": {}}
        if params.pagination is not None:
            output |= {"body": None, "items": [], "pages": 1, "is_complete": True}
        return output | ({"values": dict.fromkeys(params.response)} if params.response else {})

    def perform(self, params: HttpRequestParams, call: ActionCall) -> ActionResult:
        if params.connection is not None:
            access = authentication.through_connection(params.url, params.connection, call)
        else:
            access = authentication.given(params.url, params.auth)
        sender = _Sender(params, call)
        try:
            request, response, output = _exchanged(params, access, sender, idempotency_key=call.idempotency_key)
        except ActionFailedError as error:
            error.usage = sender.usage
            raise
        if params.response:
            output["values"] = reading.values(params.response, output)
        return ActionResult(
            output=output,
            request=request.as_json(call.redactor),
            response=response.as_json(call.redactor),
            usage=sender.usage,
        )


class _Sender:
    """Sends the requests of one try, all within its time, and counts those that were answered."""

    def __init__(self, params: HttpRequestParams, call: ActionCall) -> None:
        self._params = params
        self._call = call
        self._ends_at = monotonic() + min(params.timeout_seconds or call.timeout_seconds, call.timeout_seconds)
        self._answered = 0

    def send(self, request: OutboundRequest) -> OutboundResponse:
        try:
            response = outbound.call(
                request,
                timeout_seconds=max(self._ends_at - monotonic(), 0.001),
                redactor=self._call.redactor,
                is_expected=partial(_is_expected, self._params),
            )
        except ActionFailedError as error:
            self._answered += error.response is not None
            raise
        self._answered += 1
        return response

    @property
    def usage(self) -> dict[str, int | float]:
        return {usage.HTTP_CALLS: self._answered} if self._answered else {}


def _exchanged(
    params: HttpRequestParams, access: Access, sender: _Sender, *, idempotency_key: str
) -> tuple[OutboundRequest, OutboundResponse, dict[str, Any]]:
    """The last request, its answer, and the output."""
    request = _request(params, access, idempotency_key=idempotency_key)
    if params.pagination is not None:
        return _paged(sender, Pages(params.pagination, dict(access.query)), request)
    response = sender.send(request)
    return request, response, {"status": response.status, "headers": dict(response.headers), "body": response.value()}


def _request(params: HttpRequestParams, access: Access, *, idempotency_key: str) -> OutboundRequest:
    content_type, body = _body(params)
    headers = _over({"Content-Type": content_type} if content_type else {}, params.headers)
    return OutboundRequest(
        method=params.method,
        url=access.url,
        headers=_over(headers, {**access.headers, IDEMPOTENCY_HEADER: idempotency_key}),
        query={**params.query, **access.query},
        body=body,
        max_redirects=outbound.MAX_REDIRECTS if params.follow_redirects else 0,
        max_response_bytes=params.max_response_bytes,
    )


def _paged(
    sender: _Sender, pages: Pages, request: OutboundRequest
) -> tuple[OutboundRequest, OutboundResponse, dict[str, Any]]:
    """The last request, its answer, and the output. Each page has an idempotency key of its own."""
    key = request.headers[IDEMPOTENCY_HEADER]
    sent = pages.first(request)
    while True:
        response = sender.send(sent)
        following = pages.read(response, sent)
        if following is None:
            break
        sent = replace(following, headers={**following.headers, IDEMPOTENCY_HEADER: f"{key}:{pages.count + 1}"})
    output = {"status": response.status, "headers": dict(response.headers), "body": None}
    return sent, response, {**output, "items": pages.items, "pages": pages.count, "is_complete": pages.is_complete}


def _check_url(params: Mapping[str, Any], *, path: str) -> list[Problem]:
    """With a connection, the URL may be a path, and no other host gets anything, whoever names it."""
    if not params.get("connection"):
        return outbound.check_url(params, path=path)
    if "://" not in str(params.get("url")).split("?")[0]:
        return []
    return outbound.check_url({**params, "allow_dynamic_host": True}, path=path)


def _check_headers(headers: object, *, path: str) -> Iterator[Problem]:
    for name in headers if isinstance(headers, dict) else ():
        if str(name).lower() == IDEMPOTENCY_HEADER.lower():
            message = f"{IDEMPOTENCY_HEADER} is ours to send: it is the same for every attempt. Take it out."
            yield Problem(pointers.join(path, "headers", name), "reserved_header", message)


def _body(params: HttpRequestParams) -> tuple[str, bytes | None]:
    """The media type and the bytes."""
    if "json_body" in params.model_fields_set:
        return bodies.of_json(params.json_body)
    if params.form is not None:
        return bodies.of_form(params.form)
    if params.multipart is not None:
        return bodies.of_parts(params.multipart)
    return bodies.of_value(params.body)


def _over(ours: dict[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    """Their headers, and those of ours that they do not give, whatever the case of the names."""
    given = {name.lower() for name in theirs}
    return {name: value for name, value in ours.items() if name.lower() not in given} | dict(theirs)


def _is_expected(params: HttpRequestParams, status: int) -> bool:
    return status in params.expected_status or f"{status // 100}xx" in params.expected_status


register(HttpRequest())
