"""Accepting events, against what PostgreSQL and a plain view of Django REST framework do with the same rows.

    SEQUITUR_TEST_DURABLE=1 .venv/bin/python -m pytest benchmarks/ingest.py -q -s

Every round measures each subject once, one right after the other, so that ratios are of neighbouring measurements.
"""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from rest_framework import serializers
from rest_framework.test import APIClient

from benchmarks.report import Gate
from core import tenancy
from core.ids import new_id
from core.models import Role, Workspace
from tests import factories
from triggers.engine.incoming import IncomingEvent
from triggers.models import Event
from triggers.services import ingest

ROUNDS = 7
BATCH = 1000
SINGLES = 100
GATE, AIM = 0.15, 0.35
COLUMNS = ("id", "workspace_id", "source", "event_id", "type", "subject", "time", "data", "received_at", "hinted_at")
COPY = f"COPY triggers_event ({', '.join(COLUMNS)}) FROM STDIN"
INSERT = f"INSERT INTO triggers_event ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"  # noqa: S608  made of constants
Subject = Callable[[], tuple[int, float]]  # how many events it stored, in how many seconds


@dataclass(frozen=True, slots=True)
class Line:
    """One subject: events per second in each round, and those of what it is compared with."""

    name: str
    rates: Sequence[float]
    anchor: str
    anchor_rates: Sequence[float]

    @property
    def ratios(self) -> list[float]:
        return [own / other for own, other in zip(self.rates, self.anchor_rates, strict=True)]

    def __str__(self) -> str:
        ratios = self.ratios
        spread = f"{statistics.median(ratios):6.2f} ({min(ratios):.2f}-{max(ratios):.2f}) of {self.anchor}"
        return f"{self.name:28} {statistics.median(self.rates):9.0f} /s  {spread}"


@pytest.mark.django_db(transaction=True)
def test_accepting_against_what_postgresql_does() -> None:
    workspace = factories.WorkspaceFactory.create()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.api_key(workspace, Role.OPERATOR)}")
    subjects: dict[str, Subject] = {
        "COPY": lambda: copy(workspace),
        "batch, service": lambda: batch(workspace),
        "batch, HTTP": lambda: batch_over_http(client),
        "batch, DRF and ORM": lambda: naive(workspace, BATCH),
        "INSERT": lambda: insert(workspace),
        "single, service": lambda: single(workspace),
        "single, HTTP": lambda: single_over_http(client),
        "single, HTTP, not counted": lambda: uncounted(client),
        "single, DRF and ORM": lambda: naive(workspace, 1),
    }
    with tenancy.scope(workspace.pk):
        for measure in subjects.values():
            measure()
        rates: dict[str, list[float]] = {name: [] for name in subjects}
        for _ in range(ROUNDS):
            for name, measure in subjects.items():
                stored, seconds = measure()
                rates[name].append(stored / seconds)
        expected = (ROUNDS + 1) * (4 * BATCH + 5 * SINGLES)
        assert Event.objects.count() == expected, "the ledger: every event of every subject is stored once"

    anchors = {name: "COPY" if name.startswith(("batch", "COPY")) else "INSERT" for name in subjects}
    lines = {name: Line(name, rates[name], anchors[name], rates[anchors[name]]) for name in subjects}
    gate = Gate("batch of 1,000 accepted, of COPY's rows/s", statistics.median(lines["batch, service"].ratios), GATE)
    pairs = zip(rates["single, HTTP"], rates["single, HTTP, not counted"], strict=True)
    counted = statistics.median(on / off for on, off in pairs)
    print(f"\nsingle events over HTTP with limits of requests, of those without: {counted:.2f}")
    print("", *lines.values(), f"{gate} (aim: {AIM})", sep="\n")
    assert gate.holds


def documents(number: int) -> list[dict[str, Any]]:
    """Events in short form of some 800 bytes: 20 leaves on two levels."""
    fields = {f"field_{index}": f'value "{index}" of a lead' for index in range(14)}
    return [
        {
            "type": "lead.created",
            "source": "crm",
            "id": str(new_id()),
            "data": {"lead": {"id": index, "email": "ada@example.com", "name": "Ada é", "score": 90.5, **fields}},
        }
        for index in range(number)
    ]


def rows(workspace: Workspace, number: int) -> list[tuple[Any, ...]]:
    now = timezone.now()
    return [
        (new_id(), workspace.pk, each["source"], each["id"], each["type"], "", now, json.dumps(each["data"]), now, now)
        for each in documents(number)
    ]


def incoming(number: int) -> list[IncomingEvent]:
    return [IncomingEvent(**each) for each in documents(number)]


def timed(work: Callable[[], object], number: int) -> tuple[int, float]:
    begun = time.perf_counter()
    work()
    return number, time.perf_counter() - begun


def copy(workspace: Workspace) -> tuple[int, float]:
    values = rows(workspace, BATCH)

    def work() -> None:
        with psycopg.Cursor(connection.connection) as cursor, cursor.copy(COPY) as into:
            for row in values:
                into.write_row(row)

    return timed(work, BATCH)


def insert(workspace: Workspace) -> tuple[int, float]:
    values = rows(workspace, SINGLES)

    def work() -> None:
        with psycopg.Cursor(connection.connection) as cursor:
            for row in values:
                cursor.execute(INSERT, row)

    return timed(work, SINGLES)


def batch(workspace: Workspace) -> tuple[int, float]:
    events = incoming(BATCH)
    return timed(lambda: ingest.accept_many(events, workspace=workspace), BATCH)


def single(workspace: Workspace) -> tuple[int, float]:
    events = incoming(SINGLES)
    return timed(lambda: [ingest.accept(each, workspace=workspace) for each in events], SINGLES)


def batch_over_http(client: APIClient) -> tuple[int, float]:
    body = json.dumps({"events": documents(BATCH)})
    return timed(lambda: post(client, "/api/v1/events/batch/", body, 207), BATCH)


def single_over_http(client: APIClient) -> tuple[int, float]:
    bodies = [json.dumps(each) for each in documents(SINGLES)]
    return timed(lambda: [post(client, "/api/v1/events/", each, 202) for each in bodies], SINGLES)


def uncounted(client: APIClient) -> tuple[int, float]:
    """The same without limits of requests: what they cost is the difference."""
    with override_settings(SEQUITUR_API_REQUESTS_PER_MINUTE=0):
        return single_over_http(client)


def post(client: APIClient, url: str, body: str, status: int) -> int:
    answer = client.generic("POST", url, body, content_type="application/json")
    assert answer.status_code == status, answer.content[:200]
    return status


class EventSerializer(serializers.ModelSerializer[Event]):
    """What a first version with Django REST framework looks like."""

    class Meta:
        model = Event
        fields = [
            "id",
            "workspace",
            "source",
            "event_id",
            "type",
            "subject",
            "time",
            "data",
            "received_at",
            "hinted_at",
        ]


def naive(workspace: Workspace, size: int) -> tuple[int, float]:
    """Events through a serializer and one `save()` each, `size` in a body; nothing is told to any worker."""
    number = BATCH if size > 1 else SINGLES
    now = timezone.now().isoformat()
    own = {"workspace": str(workspace.pk), "time": now, "received_at": now, "hinted_at": now}
    events = [{**each, **own, "event_id": each["id"]} for each in documents(number)]

    def work() -> None:
        for start in range(0, number, size):
            serializer = EventSerializer(data=events[start : start + size], many=True)
            serializer.is_valid(raise_exception=True)
            serializer.save()

    return timed(work, number)
