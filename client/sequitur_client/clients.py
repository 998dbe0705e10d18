"""`Client` and `AsyncClient`: where the server is, who calls, and everything that it can do."""

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Self, TypeVar

import httpx

from sequitur_client.calls import Call
from sequitur_client.generated.resources import AsyncResources, Resources
from sequitur_client.performing import AsyncPerformer, Performer
from sequitur_client.retrying import Retries

T = TypeVar("T")
URL_VARIABLE = "SEQUITUR_URL"
KEY_VARIABLE = "SEQUITUR_API_KEY"
TIMEOUT_SECONDS = 30.0


class Client(Resources):
    """Calls the API and waits for each answer. Threads may share one; it keeps its connections until `close()`.

    `base_url` and `api_key` default to `SEQUITUR_URL` and `SEQUITUR_API_KEY`. `timeout` is in seconds, for each try.
    Raises `ValueError` without one of them.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float | httpx.Timeout = TIMEOUT_SECONDS,
        retries: Retries | None = None,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=_url(base_url), headers=_headers(api_key, headers), timeout=timeout, transport=transport
        )
        self._performer = Performer(self._http, retries or Retries())
        super().__init__(self._performer)

    def call(self, call: Call[T]) -> T:
        """Send a call that was built by a function of `sequitur_client.generated`, or by hand."""
        return self._performer.call(call)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({str(self._http.base_url)!r})"


class AsyncClient(AsyncResources):
    """The same in an event loop: what `Client` returns is awaited, and lists are read by `async for`."""

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float | httpx.Timeout = TIMEOUT_SECONDS,
        retries: Retries | None = None,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=_url(base_url), headers=_headers(api_key, headers), timeout=timeout, transport=transport
        )
        self._performer = AsyncPerformer(self._http, retries or Retries())
        super().__init__(self._performer)

    async def call(self, call: Call[T]) -> T:
        """Send a call that was built by a function of `sequitur_client.generated`, or by hand."""
        return await self._performer.call(call)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncClient({str(self._http.base_url)!r})"


def _url(base_url: str | None) -> str:
    found = base_url or os.environ.get(URL_VARIABLE, "")
    if not found.startswith(("http://", "https://")):
        raise ValueError(f"Where is the server? Pass base_url='https://...', or set {URL_VARIABLE}.")
    return found.rstrip("/") + "/"


def _headers(api_key: str | None, more: Mapping[str, str] | None) -> dict[str, str]:
    key = (api_key or os.environ.get(KEY_VARIABLE, "")).strip()
    if not key:
        raise ValueError(f"Who calls? Pass api_key='sq_...', or set {KEY_VARIABLE}.")
    return {"User-Agent": "sequitur-client", **(more or {}), "Authorization": f"Bearer {key}"}
