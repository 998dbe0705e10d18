"""Make methods of both clients out of functions that build calls or plans, with the types of their arguments."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import httpx

from sequitur_client import streaming
from sequitur_client.calls import Call
from sequitur_client.exchange import Plan, opening
from sequitur_client.models import Listing, Page
from sequitur_client.paging import AsyncPages, Pages
from sequitur_client.performing import AsyncPerformer, Performer
from sequitur_client.streaming import StreamEvent

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")


class Resource:
    """Calls about one thing, such as `client.workflows`."""

    def __init__(self, performer: Performer) -> None:
        self._performer = performer


class AsyncResource:
    """The same to be awaited."""

    def __init__(self, performer: AsyncPerformer) -> None:
        self._performer = performer


def called(build: Callable[P, Call[T]]) -> Callable[Concatenate[Resource, P], T]:
    """A method that answers a call."""

    @wraps(build)
    def method(self: Resource, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._performer.call(build(*args, **kwargs))

    return method


def awaited(build: Callable[P, Call[T]]) -> Callable[Concatenate[AsyncResource, P], Awaitable[T]]:
    """The same to be awaited."""

    @wraps(build)
    async def method(self: AsyncResource, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._performer.call(build(*args, **kwargs))

    return method


def planned(plan: Callable[P, Plan[T]]) -> Callable[Concatenate[Resource, P], T]:
    """A method that carries out a plan of several calls."""

    @wraps(plan)
    def method(self: Resource, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._performer.carry_out(plan(*args, **kwargs))

    return method


def awaited_plan(plan: Callable[P, Plan[T]]) -> Callable[Concatenate[AsyncResource, P], Awaitable[T]]:
    """The same to be awaited."""

    @wraps(plan)
    async def method(self: AsyncResource, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._performer.carry_out(plan(*args, **kwargs))

    return method


def paged(build: Callable[P, Call[Page[Item]]]) -> Callable[Concatenate[Resource, P], Pages[Item]]:
    """A method that gives the rows of all pages."""

    @wraps(build)
    def method(self: Resource, /, *args: P.args, **kwargs: P.kwargs) -> Pages[Item]:
        return Pages(build(*args, **kwargs), self._performer.call)

    return method


def awaited_pages(build: Callable[P, Call[Page[Item]]]) -> Callable[Concatenate[AsyncResource, P], AsyncPages[Item]]:
    """The same to `async for`."""

    @wraps(build)
    def method(self: AsyncResource, /, *args: P.args, **kwargs: P.kwargs) -> AsyncPages[Item]:
        return AsyncPages(build(*args, **kwargs), self._performer.call)

    return method


def listed(build: Callable[P, Call[Listing[Item]]]) -> Callable[Concatenate[Resource, P], list[Item]]:
    """A method that gives the rows of a list in one part."""

    @wraps(build)
    def method(self: Resource, /, *args: P.args, **kwargs: P.kwargs) -> list[Item]:
        return self._performer.call(build(*args, **kwargs)).results

    return method


def awaited_list(
    build: Callable[P, Call[Listing[Item]]],
) -> Callable[Concatenate[AsyncResource, P], Awaitable[list[Item]]]:
    """The same to be awaited."""

    @wraps(build)
    async def method(self: AsyncResource, /, *args: P.args, **kwargs: P.kwargs) -> list[Item]:
        return (await self._performer.call(build(*args, **kwargs))).results

    return method


def streamed(build: Callable[P, Call[Iterator[T]]]) -> Callable[Concatenate[Resource, P], Iterator[T]]:
    """A method that gives lines or events as they come. What is left when nobody reads on is not asked for."""

    @wraps(build)
    def method(self: Resource, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        reading = streaming.reading(build(*args, **kwargs), retries=self._performer.retries)
        pause: float | None = 0
        while pause is not None:
            response = self._performer.carry_out(opening(reading.call, after_seconds=pause))
            failure = None
            try:
                for line in response.iter_lines():
                    if (found := reading.take(line)) is not None:
                        yield found
            except httpx.RequestError as error:
                failure = error
            finally:
                response.close()
            pause = reading.ended(response.status_code, failure)

    return method


def awaited_stream(build: Callable[P, Call[Iterator[T]]]) -> Callable[Concatenate[AsyncResource, P], AsyncIterator[T]]:
    """The same to `async for`."""

    @wraps(build)
    async def method(self: AsyncResource, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        reading = streaming.reading(build(*args, **kwargs), retries=self._performer.retries)
        pause: float | None = 0
        while pause is not None:
            response = await self._performer.carry_out(opening(reading.call, after_seconds=pause))
            failure = None
            try:
                async for line in response.aiter_lines():
                    if (found := reading.take(line)) is not None:
                        yield found
            except httpx.RequestError as error:
                failure = error
            finally:
                await response.aclose()
            pause = reading.ended(response.status_code, failure)

    return method


__all__ = [
    "AsyncResource", "Resource", "StreamEvent", "awaited", "awaited_list", "awaited_pages", "awaited_plan",
    "awaited_stream", "called", "listed", "paged", "planned", "streamed",
]  # fmt: skip
