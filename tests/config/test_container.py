"""Dockerfile and docker-compose.yml, as far as that can be checked without a container engine."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import yaml

from config.celery import QUEUES
from config.environment import BASE_DIR

COMPOSE = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (BASE_DIR / "Dockerfile").read_text()
PROGRAMS = {"celery", "gunicorn", "python"}


def instructions(word: str) -> list[str]:
    """The arguments of each such instruction of the Dockerfile, continued lines joined."""
    return re.findall(rf"^{word} (.+)$", DOCKERFILE.replace("\\\n", " "), re.MULTILINE)


def queues(command: list[str]) -> list[str]:
    return command[command.index("--queues") + 1].split(",") if "--queues" in command else []


def test_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {
        "postgres", "redis", "migrate", "web", "worker-runs", "worker-actions", "worker-background", "beat",
    }  # fmt: skip
    assert set(COMPOSE["volumes"]) == {"home", "postgres", "redis"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_can_be_resolved(name: str) -> None:
    service = SERVICES[name]

    assert ("build" in service) or ("image" in service)
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
    assert name == "migrate" or "healthcheck" in service


@pytest.mark.parametrize("name", sorted(OURS))
def test_command_names_what_the_image_has(name: str) -> None:
    program, *arguments = OURS[name]["command"]

    modules = [word.removeprefix("python:") for word in arguments if re.fullmatch(r"(python:)?config[.\w]*", word)]

    assert program in PROGRAMS
    assert modules
    assert all(importlib.util.find_spec(module) for module in [*modules, program] if module != "python")


def test_every_queue_has_a_worker_and_only_one() -> None:
    served = [queue for service in OURS.values() for queue in queues(service["command"])]

    assert sorted(served) == sorted(QUEUES)


def test_programs_start_after_the_migrations() -> None:
    waiting = {name for name, service in OURS.items() if "migrate" in service["depends_on"]}

    assert waiting == set(OURS) - {"migrate"}
    assert all(
        OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"} for name in waiting
    )


def test_copied_files_exist_and_are_not_ignored() -> None:
    sources = [source for line in instructions("COPY") for source in shlex.split(line)[:-1]]
    allowed = {line[1:] for line in (BASE_DIR / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert sources
    assert all((BASE_DIR / source).exists() for source in sources)
    assert set(sources) == allowed


def test_every_package_is_in_the_image() -> None:
    packages = {path.parent.name for path in BASE_DIR.glob("*/apps.py")}

    copied = {Path(shlex.split(line)[0]).name for line in instructions("COPY")}

    assert packages <= copied


def test_image_runs_as_an_ordinary_user() -> None:
    assert instructions("USER") == ["sequitur"]
    assert importlib.util.find_spec("config.entrypoint")
    assert instructions("ENTRYPOINT") == ['["python", "-m", "config.entrypoint"]']
    assert "uv sync --frozen --no-default-groups" in DOCKERFILE
