"""What happens in a call, as a plan: a generator that yields what is to be done and is sent what came of it.

Plans know no sockets and no event loop, so each is written once, and both clients carry it out.
"""

import json
import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, TypeAlias, TypeVar, cast

import httpx
from pydantic import TypeAdapter, ValidationError

from sequitur_client import errors, models
from sequitur_client.calls import UNSET, Call, Form, plain
from sequitur_client.errors import ApiError, ConnectionFailed, TimedOut, UnexpectedAnswer
from sequitur_client.retrying import Retries, pause_seconds

T = TypeVar("T")
MOST_SAID = 5  # of what is wrong with an answer


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """Send this once; the answer comes back with its body, unless it `is_streamed` and no error."""

    method: str
    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    content: bytes | None
    is_streamed: bool


Step: TypeAlias = Sleep | Attempt | Call[Any]
Plan: TypeAlias = Generator[Step, Any, T]


def ask(call: Call[T]) -> Plan[T]:
    """The answer of a call, within another plan."""
    return cast("T", (yield call))


def exchange(call: Call[T], *, retries: Retries) -> Plan[T]:
    """Send a call until it is answered or there is no use; returns the answer in its type.

    Raises `ApiError` and its kinds, `ConnectionFailed`, `TimedOut`, and `UnexpectedAnswer`.
    """
    attempt, tries = _attempt(call), 0
    while True:
        tries += 1
        failure: ApiError | httpx.RequestError
        try:
            response: httpx.Response = yield attempt
        except httpx.RequestError as error:
            failure = error
        else:
            if not response.is_error:
                return _read(call, response)
            failure = errors.of(response)
        pause = pause_seconds(call, failure, tries=tries, retries=retries)
        if pause is None:
            raise unanswered(call, failure) if isinstance(failure, httpx.RequestError) else failure
        yield Sleep(pause)


def opening(call: Call[T], *, after_seconds: float) -> Plan[T]:
    """A call that is sent after a pause."""
    if after_seconds:
        yield Sleep(after_seconds)
    return (yield from ask(call))


def unanswered(call: Call[Any], failure: httpx.RequestError) -> ConnectionFailed:
    """The error for a call that was cut off."""
    kind = TimedOut if isinstance(failure, httpx.TimeoutException) else ConnectionFailed
    what = str(failure) or type(failure).__name__
    found = kind(f"{call.operation} ({call.method} {call.path}): {what}")
    found.__cause__ = failure
    return found


def _attempt(call: Call[Any]) -> Attempt:
    headers = {"Accept": _accept(call), **call.written_headers()}
    if call.is_keyed:
        headers["Idempotency-Key"] = call.idempotency_key or str(uuid.uuid4())
    if call.body is not UNSET:
        headers["Content-Type"] = call.media_type
    return Attempt(
        method=call.method,
        path=call.path,
        query=call.written_query(),
        headers=headers,
        content=_content(call.body),
        is_streamed=call.form in {Form.LINES, Form.EVENTS},
    )


def _content(body: Any) -> bytes | None:
    """The same bytes for each try: the server knows a repeated request by them."""
    if body is UNSET:
        return None
    if isinstance(body, bytes | str):
        return body.encode() if isinstance(body, str) else body
    return json.dumps(plain(body), allow_nan=False, ensure_ascii=False).encode()


def _accept(call: Call[Any]) -> str:
    if call.form is Form.SAID:
        return "application/json, */*;q=0.5"  # JSON, unless an argument asks for something else
    return "*/*" if call.form in {Form.TEXT, Form.BYTES} else f"{call.form.value}, application/json"


def _form(call: Call[Any], response: httpx.Response) -> Form:
    """How this answer is to be read."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if call.form is not Form.SAID or kind == Form.JSON.value:
        return Form.JSON if call.form is Form.SAID else call.form
    return Form.TEXT if kind.startswith("text/") or "yaml" in kind else Form.BYTES


def _read(call: Call[T], response: httpx.Response) -> T:
    if call.form in {Form.LINES, Form.EVENTS}:
        return cast("T", response)
    kind = call.answers.get(response.status_code, UNSET)
    if kind is UNSET:
        raise UnexpectedAnswer(f"{call.operation}: status {response.status_code} is not described.")
    if kind is None:
        return cast("T", None)
    if (form := _form(call, response)) in {Form.TEXT, Form.BYTES}:
        return cast("T", response.text if form is Form.TEXT else response.content)
    try:
        answer = _adapter(kind).validate_json(response.content)
    except ValidationError as error:
        # What was found is left out: an answer may be a new key.
        places = (f"{'/'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False))
        said = "; ".join(islice(places, MOST_SAID))
        raise UnexpectedAnswer(f"{call.operation}: the answer is not what is described: {said}") from None
    models.received(answer, etag=response.headers.get("ETag", ""), request_id=response.headers.get("X-Request-Id", ""))
    return cast("T", answer)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
