"""Ask a model through one connection, once or several times, within one deadline; count and keep what was said."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from actions import outbound
from actions.ai import answers, failures
from actions.ai.answers import Reply
from actions.ai.metering import Meter
from actions.ai.params import KINDS, AiParams
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.connections import http
from actions.connections.base import Opened
from actions.connections.types.openai import OpenAiSecrets, OpenAiSettings

Json = dict[str, Any]
KEPT_BYTES = 128 * 1024  # of the request, and of the response, with the attempt


@dataclass(slots=True)
class Session:
    """The questions of one try. `request` and `response` are the last ones, as people may see them."""

    params: AiParams
    call: ActionCall
    opened: Opened[OpenAiSettings, OpenAiSecrets]
    ends_at: float
    meter: Meter
    request: Json | None = None
    response: Json | None = None
    asked: int = field(default=0)

    @property
    def model(self) -> str:
        return self.params.model or self.opened.settings.model

    @property
    def remaining_seconds(self) -> float:
        return self.ends_at - monotonic()

    def ask(
        self, messages: Sequence[Json], *, max_tokens: int | None = None, tools: Sequence[Json] = (), **more: Any
    ) -> Reply:
        """The model's answer to these messages; `more` are further fields of the request, such as response_format.

        Raises `ActionFailedError`: see `failures`, and what `outbound.send` raises.
        """
        if self.remaining_seconds <= 0:
            raise failures.out_of_time()
        self.asked += 1
        limit = self.opened.settings.max_tokens_name
        fields = {
            "model": self.model,
            "messages": list(messages),
            "temperature": self.params.temperature,
            "seed": self.params.seed,
            limit: max_tokens or self.params.max_tokens,
            "tools": list(tools) or None,
            **more,
        }
        document = self._send({name: value for name, value in fields.items() if value is not None})
        counted = document.get("usage") if isinstance(document, dict) else None
        answered_by = str(document.get("model", "")) if isinstance(document, dict) else ""
        self.meter.add(counted, model=self.model, answered_by=answered_by)
        return answers.read(document)

    def _send(self, body: Json) -> Any:
        sent = outbound.json_bytes(body)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f"{self.call.idempotency_key}/{hashlib.sha256(sent).hexdigest()[:16]}",
        }
        request = http.request(self.opened, "POST", "/chat/completions", headers=headers, body=sent)
        redactor = self.call.redactor
        self.request, self.response = redactor.clean(request.as_json(redactor), max_bytes=KEPT_BYTES), None
        try:
            response = outbound.call(request, timeout_seconds=self.remaining_seconds, redactor=redactor)
        except ActionFailedError as error:
            self.response = error.response and redactor.clean(error.response, max_bytes=KEPT_BYTES)
            raise failures.of_status(error) from None
        self.response = redactor.clean(response.as_json(redactor), max_bytes=KEPT_BYTES)
        return response.value()

    def result(self, output: Json) -> ActionResult:
        """The result of a try, with what was asked last and everything that was used up."""
        return ActionResult(output=output, request=self.request, response=self.response, usage=self.meter.usage)


@contextmanager
def opened(params: AiParams, call: ActionCall) -> Iterator[Session]:
    """A session for one try. What fails in it carries what was asked and answered, and what was used up until then."""
    connection = call.connections.open(params.connection, kinds=KINDS)
    seconds = min(params.timeout_seconds or call.timeout_seconds, call.timeout_seconds)
    session = Session(params, call, connection, monotonic() + seconds, Meter(connection.settings.prices))
    try:
        yield session
    except ActionFailedError as error:
        error.request, error.response = session.request, session.response
        error.usage = session.meter.usage
        raise
