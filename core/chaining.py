"""Chains of entries in which nothing can be changed, removed or put in between without the hashes after it telling.

Pure. The last step, `link`, is also made by the database (`core_audit_seal`), when an entry is committed.

Source: a chain of hashes as in Haber and Stornetta, "How to time-stamp a digital document" (1991).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

FIRST = ""  # what the first entry has in the place of the hash before it


def digest(fields: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of an entry's own fields."""
    return hashlib.sha256(canonical(fields).encode()).hexdigest()


def link(*, prev_hash: str, digest: str, seq: int) -> str:
    """The hash of an entry: of what it says, its number, and the hash of the one before it."""
    return hashlib.sha256(canonical({"digest": digest, "prev_hash": prev_hash, "seq": seq}).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys, without spaces, in UTF-8, and with one spelling for each number.

    PostgreSQL's jsonb keeps the value of a number and not how it was written: `1e22` comes back as digits, so numbers
    are written as plain decimals here. Instants are in UTC, with microseconds.
    """
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_text(str(key))}:{canonical(value[key])}" for key in sorted(value, key=str)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return _text(value.astimezone(UTC).isoformat(timespec="microseconds"))
    return _text(str(value))


def _number(value: float) -> str:
    found = format(Decimal(repr(value)), "f")
    found = found.rstrip("0").rstrip(".") if "." in found else found
    return "0" if found == "-0" else found


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
