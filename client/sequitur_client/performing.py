"""Carry out plans: with a thread that waits, or in an event loop. The only place that sends anything."""

import asyncio
import time
from typing import Any, TypeVar

import httpx

from sequitur_client.calls import Call
from sequitur_client.exchange import Attempt, Plan, Sleep, Step, exchange
from sequitur_client.retrying import Retries

T = TypeVar("T")
# Streams send something every few seconds; one that is silent for so long is dead.
STREAM_SILENCE_SECONDS = 90.0


def _built(http: httpx.Client | httpx.AsyncClient, attempt: Attempt) -> httpx.Request:
    timeout = http.timeout
    if attempt.is_streamed:
        timeout = httpx.Timeout(**{**timeout.as_dict(), "read": STREAM_SILENCE_SECONDS})
    return http.build_request(
        attempt.method,
        attempt.path.lstrip("/"),
        params=attempt.query,
        headers=attempt.headers,
        content=attempt.content,
        timeout=timeout,
    )


class Performer:
    """One step after the other; the thread waits."""

    def __init__(self, http: httpx.Client, retries: Retries) -> None:
        self.http, self.retries = http, retries

    def call(self, call: Call[T]) -> T:
        """The answer of a call, in its type."""
        return self.carry_out(exchange(call, retries=self.retries))

    def carry_out(self, plan: Plan[T]) -> T:
        """What the plan returns; what a step raises is raised in the plan."""
        try:
            step = next(plan)
            while True:
                try:
                    found = self._do(step)
                except Exception as error:  # noqa: BLE001  the plan decides which errors it knows
                    step = plan.throw(error)
                else:
                    step = plan.send(found)
        except StopIteration as done:
            answer: T = done.value
            return answer

    def _do(self, step: Step) -> Any:
        if isinstance(step, Sleep):
            return time.sleep(step.seconds)
        if isinstance(step, Call):
            return self.call(step)
        response = self.http.send(_built(self.http, step), stream=step.is_streamed)
        if step.is_streamed and response.is_error:
            response.read()
        return response


class AsyncPerformer:
    """The same, awaited."""

    def __init__(self, http: httpx.AsyncClient, retries: Retries) -> None:
        self.http, self.retries = http, retries

    async def call(self, call: Call[T]) -> T:
        """The answer of a call, in its type."""
        return await self.carry_out(exchange(call, retries=self.retries))

    async def carry_out(self, plan: Plan[T]) -> T:
        """What the plan returns; what a step raises is raised in the plan."""
        try:
            step = next(plan)
            while True:
                try:
                    found = await self._do(step)
                except Exception as error:  # noqa: BLE001  the plan decides which errors it knows
                    step = plan.throw(error)
                else:
                    step = plan.send(found)
        except StopIteration as done:
            answer: T = done.value
            return answer

    async def _do(self, step: Step) -> Any:
        if isinstance(step, Sleep):
            return await asyncio.sleep(step.seconds)
        if isinstance(step, Call):
            return await self.call(step)
        response = await self.http.send(_built(self.http, step), stream=step.is_streamed)
        if step.is_streamed and response.is_error:
            await response.aread()
        return response
