"""What an API key may be kept to: words of an area and read or write, such as `events:write`. Pure.

A key without scopes may do all that its role allows. Scopes only take away: they never give more than the role.
"""

from collections.abc import Collection, Iterable

from core.errors import Problem
from core.suggestions import closest

READ, WRITE = "read", "write"

AREAS = {
    "events": "events, decisions on them, and event types",
    "workflows": "workflows, their versions and tests, triggers, schedules, templates, and what they can be made of",
    "runs": "runs, their notifications, deliveries and statistics, repairs, dead letters; starting one",
    "connections": "connections, connectors, hosts outside",
    "data": "stored values, message templates, the inbox",
    "secrets": "secrets: their names, never their values",
    "workspace": "the workspace's own settings and limits",
    "access": "members, invitations, API keys, service accounts",
    "audit": "the audit trail",
}
SCOPES = tuple(f"{area}:{verb}" for area in AREAS for verb in (READ, WRITE) if (area, verb) != ("audit", WRITE))


def named(area: str, *, is_write: bool) -> str:
    """The scope that a call needs."""
    return f"{area}:{WRITE if is_write else READ}"


def allow(held: Collection[str], needed: str) -> bool:
    """Whether a key with these scopes may do what needs `needed`. None are all; writing does not include reading."""
    return not held or needed in held


def problems(written: Iterable[str], *, path: str = "/scopes") -> list[Problem]:
    """What is no scope, each at its place."""
    return [
        Problem(f"{path}/{place}", "unknown_scope", _unknown(each))
        for place, each in enumerate(written)
        if each not in SCOPES
    ]


def _unknown(word: str) -> str:
    meant = closest(word, SCOPES)
    guess = f"Did you mean {meant!r}?" if meant else f"There are {', '.join(SCOPES)}."
    return f"There is no scope {word[:80]!r}. {guess}"
