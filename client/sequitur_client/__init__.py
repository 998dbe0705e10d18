"""The typed Python client of Sequitur: `Client` and `AsyncClient`, what they raise, and `verify_webhook`."""

from sequitur_client.calls import UNSET, Call
from sequitur_client.clients import AsyncClient, Client
from sequitur_client.errors import (
    ApiError,
    Changed,
    Conflict,
    ConnectionFailed,
    Forbidden,
    Invalid,
    InvalidSignature,
    NotFound,
    QuotaExceeded,
    RateLimited,
    SequiturError,
    ServerError,
    TimedOut,
    Unauthenticated,
    Unavailable,
    UnexpectedAnswer,
    WaitTimedOut,
)
from sequitur_client.helpers.events import SendFailed
from sequitur_client.paging import AsyncPages, Pages
from sequitur_client.retrying import Retries
from sequitur_client.streaming import StreamEvent
from sequitur_client.webhooks import verify_webhook

__all__ = [
    "UNSET", "ApiError", "AsyncClient", "AsyncPages", "Call", "Changed", "Client", "Conflict", "ConnectionFailed",
    "Forbidden", "Invalid", "InvalidSignature", "NotFound", "Pages", "QuotaExceeded", "RateLimited", "Retries",
    "SendFailed", "SequiturError", "ServerError", "StreamEvent", "TimedOut", "Unauthenticated", "Unavailable",
    "UnexpectedAnswer", "WaitTimedOut", "verify_webhook",
]  # fmt: skip
