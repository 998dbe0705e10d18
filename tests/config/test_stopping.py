"""The walls outside are further away than those inside."""

from pathlib import Path

import yaml
from django.conf import settings

from config import celery, environment, programs
from workflows.definitions.document import MAX_TIMEOUT_SECONDS
from workflows.services import holding

ENV = environment.load()


def test_the_supervisor_waits_until_a_worker_has_interrupted_its_actions(tmp_path: Path) -> None:
    env = ENV.model_copy(update={"stop_seconds": 100})

    assert programs.worker(env, {}, tmp_path).stop_within_seconds > 100 + holding.GRACE_SECONDS


def test_celery_ends_no_action_before_its_own_time_out() -> None:
    assert celery.app.conf.task_time_limit > MAX_TIMEOUT_SECONDS + holding.ALARM_SECONDS + holding.GRACE_SECONDS


def test_docker_waits_until_a_worker_has_interrupted_its_actions() -> None:
    compose = yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text())

    periods = {
        name: service.get("stop_grace_period") for name, service in compose["services"].items() if "worker" in name
    }

    default = environment.Environment.model_fields["stop_seconds"].default
    assert set(periods.values()) == {"40s"}
    assert default + programs.WORKER_STOP_MARGIN_SECONDS < 40
