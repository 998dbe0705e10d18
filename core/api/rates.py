"""Limits of requests over HTTP: what DRF asks before each call, and the headers that tell how the caller stands.

Source: draft-ietf-httpapi-ratelimit-headers-10 (two fields, quoted names of policies; `q`, `w`, `r`, `t`).
"""

import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core import limits, rates
from core.api.authentication import Caller
from core.rates import Rule, State


class RequestsPerMinute(BaseThrottle):
    """So many requests of one caller in a workspace, and of all callers of a workspace."""

    _wait_seconds = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request; whoever is not known yet is not counted."""
        caller = request.auth
        if not isinstance(caller, Caller) or not (rules := rules_of(caller)):
            return True
        states = rates.counter.take(rules, now=time.time())
        request._request.rates = states  # type: ignore[attr-defined]  # noqa: SLF001  Django's, which outlives the view
        exceeded = [each for each in states if each.is_exceeded]
        self._wait_seconds = max((each.reset_seconds for each in exceeded), default=0)
        return not exceeded

    def wait(self) -> float:
        return float(self._wait_seconds)


def rules_of(caller: Caller) -> list[Rule]:
    """What holds for a caller; nothing where nothing is limited."""
    workspace, found = caller.workspace, []
    if most := settings.SEQUITUR_API_REQUESTS_PER_MINUTE:
        found.append(Rule("caller", f"{workspace.pk}:{caller.name}", most))
    if of_all := limits.of(workspace.limits).max_requests_per_minute:
        found.append(Rule("workspace", str(workspace.pk), of_all))
    return found


def headers(states: Sequence[State]) -> dict[str, str]:
    """The fields of an answer; none where nothing is limited."""
    if not states:
        return {}
    policies = (f'"{each.rule.name}";q={each.rule.limit};w={rates.WINDOW_SECONDS}' for each in states)
    left = (f'"{each.rule.name}";r={each.remaining};t={each.reset_seconds}' for each in states)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}
