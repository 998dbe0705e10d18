"""How much of something a workspace may send, have and use: what its admins wrote into `Workspace.limits`.

A limit that is not written there is the server's own, and none is above it. Units are in the names.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that hold in a workspace; None is none.

    `max_event_bytes`: of one event as it is sent; in a batch, as compact JSON. `max_batch_events`: of one batch.
    `max_workflows`: those that are not archived. `max_events_per_day`: those that are sent over HTTP, on a day in UTC;
    `max_runs_per_day`: all. `keep_versions`: of a workflow, besides those that something refers to.
    `max_requests_per_minute`: to the API, by all callers together. `max_api_keys` and `max_open_invitations`: those
    that may be used; `max_workflow_tests`: of one workflow. `max_kept_answers`, `max_kept_answer_bytes`: of requests
    with an `Idempotency-Key`, as long as they are stored.
    """

    max_event_bytes: int
    max_batch_events: int
    max_workflows: int
    keep_versions: int
    max_api_keys: int
    max_api_keys_per_owner: int
    max_service_accounts: int
    max_open_invitations: int
    max_secrets: int
    max_connections: int
    max_patterns: int
    max_workflow_tests: int
    max_kept_answers: int
    max_kept_answer_bytes: int
    max_events_per_day: int | None = None
    max_runs_per_day: int | None = None
    max_requests_per_minute: int | None = None


def of_server() -> Limits:
    """What the settings allow, and nobody may exceed."""
    return Limits(
        max_event_bytes=settings.SEQUITUR_MAX_EVENT_BYTES,
        max_batch_events=settings.SEQUITUR_MAX_BATCH_EVENTS,
        max_workflows=settings.SEQUITUR_MAX_WORKFLOWS,
        keep_versions=settings.SEQUITUR_KEEP_VERSIONS,
        max_api_keys=settings.SEQUITUR_MAX_API_KEYS,
        max_api_keys_per_owner=settings.SEQUITUR_MAX_API_KEYS_PER_OWNER,
        max_service_accounts=settings.SEQUITUR_MAX_SERVICE_ACCOUNTS,
        max_open_invitations=settings.SEQUITUR_MAX_OPEN_INVITATIONS,
        max_secrets=settings.SEQUITUR_MAX_SECRETS,
        max_connections=settings.SEQUITUR_MAX_CONNECTIONS,
        max_patterns=settings.SEQUITUR_MAX_PATTERNS,
        max_workflow_tests=settings.SEQUITUR_MAX_WORKFLOW_TESTS,
        max_kept_answers=settings.SEQUITUR_MAX_KEPT_ANSWERS,
        max_kept_answer_bytes=settings.SEQUITUR_MAX_KEPT_ANSWER_BYTES,
    )


def of(written: Mapping[str, Any]) -> Limits:
    """The limits of a workspace with these `limits`. What is no limit there counts as not written: `problems` tells."""
    least: dict[str, Any] = {name: _least(written.get(name), most) for name, most in asdict(of_server()).items()}
    return Limits(**least)


def problems(written: object) -> list[str]:
    """A sentence for everything that cannot stand in `Workspace.limits`; nothing for what can."""
    if not isinstance(written, dict):
        return ['Expected a JSON object such as {"max_event_bytes": 65536}.']
    known = asdict(of_server())
    found = [f"There is no limit {name!r}; there are {', '.join(known)}." for name in written if name not in known]
    for name, most in known.items():
        if name in written and not (_is_limit(written[name]) and _least(written[name], most) == written[name]):
            end = " on" if most is None else f" to {most:,}, the server's own limit"
            found.append(f"{name} is a whole number from 1{end}; got {written[name]!r}.")
    return found


def _least(value: Any, most: int | None) -> int | None:
    if not _is_limit(value):
        return most
    return int(value) if most is None else min(value, most)


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
