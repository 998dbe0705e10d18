"""How much of something a workspace may send: what its admins wrote into `Workspace.limits`, never above the server's.

A limit that is not written there is the server's own. Units are in the names.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that hold in a workspace.

    `max_event_bytes`: of one event as it is sent; in a batch, as compact JSON. `max_batch_events`: of one batch.
    """

    max_event_bytes: int
    max_batch_events: int


def of_server() -> Limits:
    """What the settings allow, and nobody may exceed."""
    return Limits(
        max_event_bytes=settings.SEQUITUR_MAX_EVENT_BYTES,
        max_batch_events=settings.SEQUITUR_MAX_BATCH_EVENTS,
    )


def of(written: Mapping[str, Any]) -> Limits:
    """The limits of a workspace with these `limits`. What is no limit there counts as not written: `problems` tells."""
    return Limits(
        **{
            name: min(written[name], most) if _is_limit(written.get(name)) else most
            for name, most in asdict(of_server()).items()
        }
    )


def problems(written: object) -> list[str]:
    """A sentence for everything that cannot stand in `Workspace.limits`; nothing for what can."""
    if not isinstance(written, dict):
        return ['Expected a JSON object such as {"max_event_bytes": 65536}.']
    known = asdict(of_server())
    found = [f"There is no limit {name!r}; there are {', '.join(known)}." for name in written if name not in known]
    for name, most in known.items():
        if name in written and not (_is_limit(written[name]) and written[name] <= most):
            found.append(f"{name} is a whole number from 1 to {most:,}, the server's own limit; got {written[name]!r}.")
    return found


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
