import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from tests import services


def test_each_worker_has_a_broker_database_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(services.ROOT_VARIABLE, "/servers")
    monkeypatch.setenv("CELERY_BROKER_URL", "redis+socket:///v.sock?virtual_host=0")

    services.use_own_database("gw3")

    assert os.environ["CELERY_BROKER_URL"] == "redis+socket:///v.sock?virtual_host=4"


def test_broker_of_the_environment_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(services.ROOT_VARIABLE, raising=False)
    monkeypatch.setenv("CELERY_BROKER_URL", "redis+socket:///v.sock?virtual_host=0")

    services.use_own_database("gw3")

    assert os.environ["CELERY_BROKER_URL"] == "redis+socket:///v.sock?virtual_host=0"


def test_only_directories_that_nobody_holds_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    held, left, foreign = (tmp_path / f"{services.PREFIX}{name}" for name in ("held", "left", "foreign"))
    for directory in (held, left, foreign):
        directory.mkdir()
    (left / "lock").touch()
    with (held / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        services.remove_leftovers()

    assert sorted(tmp_path.iterdir()) == [foreign, held]
