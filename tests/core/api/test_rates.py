"""Callers are told how many requests they have left, and are refused when none is."""

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from core import rates
from core.models import Workspace
from tests.conftest import ClientFor
from tests.envelopes import refused

NOON = 1_800_000_000.0  # the first second of a minute


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Two requests a minute, and the minute does not end."""
    monkeypatch.setattr("core.api.rates.time.time", lambda: NOON + 45)
    settings.SEQUITUR_API_REQUESTS_PER_MINUTE = 2


def test_an_answer_says_what_is_left_and_the_last_when_to_come_again(api: APIClient) -> None:
    first, second, third = (api.get("/api/v1/workflows/") for _ in range(3))

    assert first["RateLimit-Policy"] == '"caller";q=2;w=60'
    assert [first["RateLimit"], second["RateLimit"]] == ['"caller";r=1;t=15', '"caller";r=0;t=15']
    assert refused(third, status=429, code="rate_limited") == []
    assert (third["RateLimit"], third["Retry-After"]) == ('"caller";r=0;t=15', "15")


def test_a_caller_is_not_limited_by_others_but_by_its_workspace(client_for: ClientFor, workspace: Workspace) -> None:
    workspace.limits = {"max_requests_per_minute": 3}
    workspace.save()
    one, other = client_for(workspace), client_for(workspace)

    answers = [client.get("/api/v1/workflows/") for client in (one, one, other, other)]

    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert answers[2]["RateLimit"] == '"caller";r=1;t=15, "workspace";r=0;t=15'


def test_without_a_limit_nothing_is_said(api: APIClient, settings: Settings) -> None:
    settings.SEQUITUR_API_REQUESTS_PER_MINUTE = 0

    answer = api.get("/api/v1/workflows/")

    assert (answer.status_code, "RateLimit" in answer.headers) == (200, False)


def test_a_store_that_does_not_answer_stops_nobody(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def hung(*_: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr(rates, "counter", rates.Counter(rates.Store()))
    monkeypatch.setattr("core.rates.current_app.producer_or_acquire", hung)

    assert [api.get("/api/v1/workflows/").status_code for _ in range(3)] == [200, 200, 429]
