"""The loop of an agent: ask the model, do what it asks for, say how that went, until it answers or a budget ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from actions.ai import failures, structured
from actions.ai.answers import Reply
from actions.ai.session import KEPT_BYTES, Session
from actions.ai.toolbox import Toolbox
from actions.base import ActionFailedError
from core.schemas import Schema

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Budget:
    """What an agent may use. `max_steps` bounds the questions, and also the tool calls; None is no bound."""

    max_steps: int
    max_tokens: int | None = None
    max_cost: float | None = None


@dataclass(slots=True)
class Agent:
    """One try. `transcript` is everything that was said."""

    session: Session
    toolbox: Toolbox
    budget: Budget
    transcript: list[Json] = field(default_factory=list)

    def run(self, messages: Sequence[Json], *, schema: Json | None) -> tuple[str, Any]:
        """The text of the last answer, and the document that fits `schema`, if there is one.

        Raises `ActionFailedError`: ai_budget_exceeded, and what the model and the tools fail with. After something that
        must not happen twice, none of them is retryable.
        """
        self.transcript = structured.with_schema(messages, schema, self.session) if schema else list(messages)
        compiled = structured.compile_or_fail(schema) if schema is not None else None
        try:
            return self._converse(schema, compiled)
        except ActionFailedError as error:
            if self.toolbox.has_done_once and error.is_retryable:
                raise _not_again(error) from error
            raise

    def kept(self) -> tuple[Json | None, Json]:
        """The request and the response of the attempt: the tools and the whole transcript, redacted and shortened."""
        clean = self.session.call.redactor.clean
        request = self.session.request and {
            "method": "POST",
            "url": self.session.request["url"],
            "model": self.session.model,
            "tools": [tool.offer()["function"] for tool in self.toolbox.tools.values()],
        }
        said = {"transcript": self.transcript, "last_response": self.session.response}
        return request and clean(request, max_bytes=KEPT_BYTES), clean(said, max_bytes=KEPT_BYTES)

    def _converse(self, schema: Json | None, compiled: Schema | None) -> tuple[str, Any]:
        form = structured.wanted(self.session, schema) if schema is not None else {}
        tools = [tool.offer() for tool in self.toolbox.tools.values()]
        while True:
            reply = self._ask(tools, form)
            if reply.tool_calls:
                self._use(reply)
                continue
            if schema is None or compiled is None:
                return reply.text, None
            self._check_budget()
            asked = {**form, "max_tokens": self._tokens_left()}
            said = self.transcript[:-1]
            return "", structured.settled(self.session, reply, said, compiled=compiled, asked=asked)

    def _ask(self, tools: Sequence[Json], form: Json) -> Reply:
        if self.session.asked >= self.budget.max_steps:
            raise failures.over_budget(f"it did not come to an end in {self.budget.max_steps} steps")
        reply = self.session.ask(self.transcript, max_tokens=self._tokens_left(), tools=tools, **form)
        self.transcript.append(reply.message)
        if reply.tool_calls:
            self._check_budget()
        return reply

    def _use(self, reply: Reply) -> None:
        for wanted in reply.tool_calls:
            if len(self.toolbox.steps) >= self.budget.max_steps:
                raise failures.over_budget(f"it asked for more than {self.budget.max_steps} tool calls")
            if self.session.remaining_seconds <= 0:
                raise failures.out_of_time()
            try:
                message, usage = self.toolbox.use(wanted, timeout_seconds=self.session.remaining_seconds)
            except ActionFailedError as error:
                self.session.meter.include(error.usage)
                raise
            self.session.meter.include(usage)
            self.transcript.append(message)
            self._check_budget()

    def _check_budget(self) -> None:
        """Raise where nothing is left, or nobody can say how much: before anything else is done or asked."""
        used, budget = self.session.meter.usage, self.budget
        if (budget.max_tokens is not None or budget.max_cost is not None) and used.get("ai_unmetered_answers"):
            raise failures.over_budget("the service does not say how many tokens it uses, so no budget can be kept")
        if budget.max_tokens is not None and used.get("ai_tokens", 0) >= budget.max_tokens:
            raise failures.over_budget(f"it used {used['ai_tokens']:,} tokens of {budget.max_tokens:,}")
        if budget.max_cost is not None and used.get("estimated_cost", 0) >= budget.max_cost:
            raise failures.over_budget(f"it cost {used['estimated_cost']} of {budget.max_cost}")

    def _tokens_left(self) -> int | None:
        """The longest answer that the token budget and the parameters allow."""
        own = self.session.params.max_tokens
        if self.budget.max_tokens is None:
            return own
        left = max(1, self.budget.max_tokens - int(self.session.meter.usage.get("ai_tokens", 0)))
        return left if own is None else min(own, left)


def _not_again(error: ActionFailedError) -> ActionFailedError:
    text = f"{error.message}; it is not tried again, since something was done that must not be done twice"
    return ActionFailedError(error.code, text, is_retryable=False, is_outcome_unknown=error.is_outcome_unknown)
