"""The wire format of server-sent events. Pure.

Source: "Server-sent events" of the HTML standard (whatwg.org), section 9.2.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

RETRY_MS = 2_000
MAX_ID = 64


def opening() -> bytes:
    """What a stream begins with: how long the browser waits before it comes back."""
    return f"retry: {RETRY_MS}\n\n".encode()


def event(name: str, data: Any, *, id_: str = "") -> bytes:
    """One event. JSON has no line breaks, so its data is one line; `id_` is what the browser comes back with."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    head = f"id: {id_}\n" if id_ else ""
    return f"{head}event: {name}\ndata: {written}\n\n".encode("utf-8", "replace")


def comment(text: str) -> bytes:
    """What browsers leave out; it keeps the way open."""
    return f": {text}\n\n".encode()


def digest(document: Any) -> bytes:
    """Of a document, that says whether it is the same."""
    return hashlib.blake2b(json.dumps(document, sort_keys=True).encode(), digest_size=8).digest()


def fingerprint(seen: Iterable[tuple[tuple[str, str], bytes]]) -> str:
    """Of all documents that somebody was told: the id of the last event."""
    whole = hashlib.blake2b(digest_size=12)
    for (name, key), each in sorted(seen):
        whole.update(f"{name} {key} ".encode() + each)
    return whole.hexdigest()
