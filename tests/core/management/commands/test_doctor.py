"""`manage.py doctor`: what is found, what is to be done, and the exit status."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from core import secret_box
from core.models import Heartbeat, Workspace
from core.selectors import doctor
from core.services import heartbeats
from tests import commands

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_broker")]


def states() -> dict[str, str]:
    return {each.part: each.state for each in doctor.examine()}


def test_an_installation_that_works_has_a_line_for_each_part(workspace: Workspace) -> None:
    heartbeats.write([heartbeats.BEAT, "worker@one"])

    lines = commands.said("doctor")

    assert [line.split(":")[0] for line in lines] == [
        "ok      database", "ok      migrations", "ok      row security", "ok      clock", "ok      broker",
        "ok      workers", "ok      beat", "ok      encryption keys",
    ]  # fmt: skip
    assert lines[5:7] == ["ok      workers: 1 at work.", "ok      beat: It ticks."]
    assert "maintenance 0" in lines[4]


def test_what_does_not_work_is_a_fault_with_what_to_do(
    workspace: Workspace, settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Heartbeat.objects.create(name="worker@one", at=timezone.now() - timedelta(minutes=2))
    settings.SEQUITUR_ENCRYPTION_KEYS = [secret_box.new_key()]
    monkeypatch.setattr("core.publish.lengths", lambda: None)

    with pytest.raises(SystemExit, match="1"):
        commands.said("doctor")

    found = {each.part: each for each in doctor.examine() if each.state != "ok"}
    assert set(found) == {"broker", "workers", "beat", "encryption keys"}
    assert found["encryption keys"].said == "Rows of core.Secret.token were encrypted with another key."
    assert all(each.todo for each in found.values())


def test_older_keys_are_kept_until_nothing_needs_them(workspace: Workspace, settings: Any) -> None:
    settings.SEQUITUR_ENCRYPTION_KEYS = [secret_box.new_key(), *settings.SEQUITUR_ENCRYPTION_KEYS]
    before = doctor.examine()[-1]
    commands.said("rotate_keys")

    assert (before.state, before.todo) == ("ok", "Run manage.py rotate_keys.")
    assert doctor.examine()[-1].todo == "They may be taken away."


def test_without_the_database_the_rest_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise OperationalError("connection refused\nsecond line")

    monkeypatch.setattr(connection, "cursor", refuse)

    found = doctor.examine()

    assert [each.part for each in found] == ["database", "broker", "encryption keys"]
    assert (found[0].state, found[0].said) == ("fault", "PostgreSQL says: connection refused.")


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "state"), [(-3.1, "fault"), (-1, "ok"), (0.5, "ok"), (3, "ok"), (3.2, "fault")])
def test_a_clock_that_is_certainly_off_is_a_fault(seconds: float, state: str) -> None:
    there = NOW + timedelta(seconds=seconds)

    assert doctor.skew_of(there, before=NOW, after=NOW + timedelta(seconds=1)).state == state
