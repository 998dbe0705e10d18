"""What the second wall between workspaces costs: requests and messages with it and without, one right after the other.

    make bench BENCHMARKS=benchmarks/row_security.py

Statements are counted, which no noise touches; times are medians of pairs, in an order that turns round.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings
from rest_framework.test import APIClient

from core.models import Role, Workspace
from core.row_security import following
from tests import factories, runner
from triggers.services import matching

PAIRS = 40
REPEATED = 20
MOST = 1.1  # times

Subject = Callable[[], object]


@contextmanager
def _off() -> Iterator[None]:
    """Cursors that follow nothing: what the setting `off` does, within one process."""
    with mock.patch.object(following, "follow", return_value=None):
        yield


def _sent(subject: Subject) -> int:
    """How often the scope was told to the server."""
    plain, sent = following._statement, []  # noqa: SLF001  what the wall sends is what is counted

    def counted(*args: object) -> bytes:
        sent.append(args)
        return plain(*args)  # type: ignore[arg-type]

    with mock.patch.object(following, "_statement", counted):
        subject()
    return len(sent)


def _seconds(subject: Subject) -> float:
    begun = time.monotonic()
    for _ in range(REPEATED):
        subject()
    return (time.monotonic() - begun) / REPEATED


def _pair(subject: Subject, *, is_walled_first: bool) -> tuple[float, float]:
    """The seconds without the wall, and with it."""
    walled = _seconds(subject) if is_walled_first else 0.0
    with _off():
        plain = _seconds(subject)
    return plain, walled or _seconds(subject)


def _subjects(workspace: Workspace) -> dict[str, Subject]:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.api_key(workspace, Role.ADMIN)}")
    factories.published(workspace)

    def run() -> None:
        matching.match(factories.event(workspace).pk)
        runner.drain()

    return {
        "GET workflow-runs/": lambda: client.get("/api/v1/workflow-runs/"),
        "POST events/": lambda: client.post("/api/v1/events/", {"type": "nobody.listens", "data": {}}, format="json"),
        "an event, its run and its action": run,
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(settings.SEQUITUR_ROW_SECURITY == "off", reason="the wall's own backend is needed")
@override_settings(SEQUITUR_ROW_SECURITY="on")
def test_the_second_wall_costs_a_tenth_at_most() -> None:
    call_command("row_security", "--apply")
    ratios = {}
    for name, subject in _subjects(factories.WorkspaceFactory.create(slug="walled")).items():
        subject()
        sent, pairs = _sent(subject), [_pair(subject, is_walled_first=number % 2 == 0) for number in range(PAIRS)]
        ratios[name] = statistics.median(walled / plain for plain, walled in pairs)
        least = [min(each) * 1e3 for each in zip(*pairs, strict=True)]
        print(f"{name:35} told {sent} times; {least[0]:.2f} ms without, {least[1]:.2f} ms with: {ratios[name]:.3f}")

    assert max(ratios.values()) <= MOST
