"""Lists that come in pages: asked for one after the other, as far as somebody looks."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from sequitur_client.calls import Call
from sequitur_client.models import Page

Item = TypeVar("Item")


def following(call: Call[Page[Item]], page: Page[Item]) -> Call[Page[Item]] | None:
    """The call of the next page. Only the query of `next` is used: a host that it names gets no key of ours."""
    if not page.next:
        return None
    query = parse_qs(urlsplit(page.next).query, keep_blank_values=True)
    return replace(call, query={name: values[-1] for name, values in query.items()})


class Pages(Generic[Item]):
    """Iterates over the rows of all pages; `pages()` over the pages."""

    def __init__(self, call: Call[Page[Item]], ask: Callable[[Call[Page[Item]]], Page[Item]]) -> None:
        self._call, self._ask = call, ask

    def __iter__(self) -> Iterator[Item]:
        for page in self.pages():
            yield from page.results

    def pages(self) -> Iterator[Page[Item]]:
        """The pages themselves, each with its `results`."""
        call: Call[Page[Item]] | None = self._call
        while call is not None:
            page = self._ask(call)
            yield page
            call = following(call, page)

    def first(self) -> Item | None:
        """The first row; None where there is none."""
        return next(iter(self), None)


class AsyncPages(Generic[Item]):
    """The same to `async for`."""

    def __init__(self, call: Call[Page[Item]], ask: Callable[[Call[Page[Item]]], Awaitable[Page[Item]]]) -> None:
        self._call, self._ask = call, ask

    async def __aiter__(self) -> AsyncIterator[Item]:
        async for page in self.pages():
            for row in page.results:
                yield row

    async def pages(self) -> AsyncIterator[Page[Item]]:
        """The pages themselves, each with its `results`."""
        call: Call[Page[Item]] | None = self._call
        while call is not None:
            page = await self._ask(call)
            yield page
            call = following(call, page)

    async def first(self) -> Item | None:
        """The first row; None where there is none."""
        async for row in self:
            return row
        return None
