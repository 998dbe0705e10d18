"""Lists that an API gives page by page: which request comes next, and when it is enough. Sending is not done here."""

import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urljoin

from pydantic import BaseModel, ConfigDict, Field, model_validator

from actions import outbound
from actions.base import ActionFailedError
from actions.http import reading
from actions.outbound import OutboundRequest, OutboundResponse

MAX_PAGES = 100
MAX_ITEMS = 10_000
MAX_BYTES = 1024 * 1024  # of all pages together, as they came: the items are the action's output
_LINK = re.compile(r"<([^<>]*)>([^<>]*)")
_NEXT = re.compile(r";\s*rel\s*=\s*\"?(?:[^\",;]*\s)?next[\s\",;]", re.IGNORECASE)


class Pagination(BaseModel):
    """How to get the whole of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["next_link", "cursor", "page", "link_header"] = Field(
        description="next_link: the answer has the URL of the next page; cursor: it has a value to send; "
        "page: pages are numbered; link_header: the header Link has the URL, rel=next."
    )
    items: str | None = Field(None, description="The path of the list in the body; without it, the body is the list.")
    next: str | None = Field(None, description="The path of the URL or the cursor of the next page in the body.")
    param: str | None = Field(None, description="The query parameter of the cursor or the page; else its kind's name.")
    start: int = Field(1, ge=0, description="The number of the first page.")
    max_pages: int = Field(10, ge=1, le=MAX_PAGES, description="Pages that are read at most.")
    max_items: int = Field(1000, ge=1, le=MAX_ITEMS, description="Items that are kept at most.")

    @model_validator(mode="after")
    def _knows_the_next(self) -> "Pagination":
        if self.kind in {"next_link", "cursor"} and self.next is None:
            raise ValueError(f"with {self.kind}, next says where in the body the next page is named")
        return self


@dataclass(slots=True)
class Pages:
    """What was read so far. `is_complete`: the list has no more."""

    rule: Pagination
    auth_query: dict[str, str] = field(default_factory=dict, repr=False)
    items: list[Any] = field(default_factory=list)
    count: int = 0
    is_complete: bool = False
    _bytes: int = 0
    _cursors: set[str] = field(default_factory=set)

    def first(self, request: OutboundRequest) -> OutboundRequest:
        """The request of the first page."""
        return self._at_page(request, self.rule.start) if self.rule.kind == "page" else request

    def read(self, response: OutboundResponse, request: OutboundRequest) -> OutboundRequest | None:
        """Keep the items of a page; the request of the next one, None when it is enough.

        Raises `ActionFailedError`: invalid_items for an answer without the list, wrong_host, pagination_loop.
        """
        body = response.value()
        found = reading.at(self.rule.items, body) if self.rule.items else body
        if not isinstance(found, list):
            raise _no_list(self.rule.items)
        self.count += 1
        self._bytes += len(response.body)
        room = self.rule.max_items - len(self.items)
        self.items += found[:room]
        following = self._following(response, body, request, is_empty=not found)
        self.is_complete = following is None and len(found) <= room
        is_enough = self.count >= self.rule.max_pages or len(found) >= room or self._bytes >= MAX_BYTES
        return None if is_enough else following

    def _following(
        self, response: OutboundResponse, body: Any, request: OutboundRequest, *, is_empty: bool
    ) -> OutboundRequest | None:
        if self.rule.kind == "page":
            return None if is_empty else self._at_page(request, self.rule.start + self.count)
        where = _linked(response) if self.rule.kind == "link_header" else reading.at(self.rule.next or "", body)
        if where is None or where == "" or where is False:
            return None
        text = str(where)
        if text in self._cursors:
            raise ActionFailedError("pagination_loop", "the answer names a page that was read", is_retryable=False)
        self._cursors.add(text)
        if self.rule.kind == "cursor":
            return replace(request, query={**request.query, self.rule.param or "cursor": text})
        return self._linked(request, text)

    def _linked(self, request: OutboundRequest, link: str) -> OutboundRequest:
        """The page behind a link, which has its own query; credentials in the query go along, to the same origin."""
        try:
            url = urljoin(request.url, link)
        except ValueError:
            url = ""
        outbound.check(url)
        if outbound.origin(url) != outbound.origin(request.url):
            message = f"the next page is not at {outbound.shown_origin(request.url)}; it is not read"
            raise ActionFailedError("wrong_host", message, is_retryable=False)
        return replace(request, url=url, query=dict(self.auth_query))

    def _at_page(self, request: OutboundRequest, number: int) -> OutboundRequest:
        return replace(request, query={**request.query, self.rule.param or "page": number})


def _linked(response: OutboundResponse) -> str | None:
    links = _LINK.findall(response.headers.get("link", ""))
    return next((url for url, params in links if _NEXT.search(f"{params},")), None)


def _no_list(path: str | None) -> ActionFailedError:
    where = f"at {path!r} in the body" if path else "in the body"
    return ActionFailedError("invalid_items", f"there is no list {where} of the answer", is_retryable=False)
