import json
from datetime import UTC, datetime
from uuid import UUID

from core import audit_lines, chaining

FIELDS = {
    "id": UUID(int=1),
    "at": datetime(2026, 1, 31, 9, tzinfo=UTC),
    "actor": "user ann",
    "before": None,
    "after": {"rate": 1e22, "half": 0.5, "name": "é"},
}


def trail(*addresses: str) -> list[str]:
    """A chain of entries, of which each came from one of the addresses."""
    lines, prev = [], chaining.FIRST
    for seq, address in enumerate(addresses, start=1):
        fields = FIELDS | ({"address": address} if address else {})
        digest = chaining.digest(fields)
        link = chaining.link(prev_hash=prev, digest=digest, seq=seq)
        lines.append(audit_lines.line(fields, {"seq": seq, "digest": digest, "prev_hash": prev, "hash": link}))
        prev = link
    return lines


def problem(lines: list[str]) -> str:
    return audit_lines.verify(lines)[2]


def test_a_whole_trail_is_proved_by_its_lines_with_and_without_addresses() -> None:
    lines = trail("", "203.0.113.7", "")

    assert audit_lines.verify(lines) == (3, json.loads(lines[-1])["hash"], "")
    assert [json.loads(each)["address"] for each in lines] == ["", "203.0.113.7", ""]


def test_what_is_changed_removed_or_given_an_address_is_named() -> None:
    lines = trail("", "203.0.113.7", "")

    assert problem([lines[0], lines[2]]) == "entry 2 is missing"
    for old, new in (("user ann", "user eve"), ("203.0.113.7", ""), ("203.0.113.7", "203.0.113.8")):
        assert problem([lines[0], lines[1].replace(old, new), lines[2]]).startswith("entry 2 was changed")
    given = lines[0].replace('"address":""', '"address":"::1"')
    assert problem([given]).startswith("entry 1 was changed")
