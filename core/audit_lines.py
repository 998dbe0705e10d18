"""The audit trail as JSON Lines, and the proof of such a file with nothing else: no database, no settings, no Django.

    python -m core.audit_lines audit.jsonl

A line has every field of an entry. What its `digest` is made of is all of it but `seq`, `digest`, `prev_hash` and
`hash`, and but `address` where that is empty (`core.chaining`).
"""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from core import chaining

SEALS = ("seq", "digest", "prev_hash", "hash")


def line(fields: Mapping[str, Any], seals: Mapping[str, Any]) -> str:
    """One entry as a line, with its end. Instants are written as the digest has them."""
    written = {name: _written(value) for name, value in {**seals, "address": "", **fields}.items()}
    return json.dumps(written, ensure_ascii=False, separators=(",", ":")) + "\n"


def verify(lines: Iterable[str]) -> tuple[int, str, str]:
    """How many entries there are, the last hash, and what is wrong with the first that is not as it was written.

    What is wrong is "" for a whole trail. One that was filtered has gaps, which are what is wrong with it.
    """
    number, prev_hash = 0, chaining.FIRST
    for text in lines:
        entry = json.loads(text)
        seq = entry["seq"]
        if seq != number + 1:
            return number, prev_hash, f"entry {number + 1} is missing"
        fields = {name: value for name, value in entry.items() if name not in SEALS and (name != "address" or value)}
        link = chaining.link(prev_hash=prev_hash, digest=entry["digest"], seq=seq)
        if entry["digest"] != chaining.digest(fields) or entry["prev_hash"] != prev_hash or entry["hash"] != link:
            return number, prev_hash, f"entry {seq} was changed, or does not follow the one before it"
        number, prev_hash = seq, entry["hash"]
    return number, prev_hash, ""


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value if isinstance(value, int | dict | None) else str(value)


def _main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123  nothing but the standard library's simplest
        number, last, problem = verify(file)
    sys.stdout.write(f"{number} entries, {f'BROKEN: {problem}' if problem else 'intact'}; head {number}:{last}\n")
    return bool(problem)


if __name__ == "__main__":
    sys.exit(_main())
