"""Real faulty plugins, in real processes: each is named with the reason, and the others work."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.core.plugins import packages
from tests.core.plugins.packages import ACTION, GOOD, Files, Started

TAKEN = (
    "it has a label\nfrom django.apps import AppConfig\n\nclass C(AppConfig):\n    name = 'bad'\n    label = 'core'\n"
)
READY = "from django.apps import AppConfig\n\nclass C(AppConfig):\n    name = 'bad'\n    def ready(self):\n        {}\n"
MODEL = "from django.db import models\n\nclass Half(models.Model):\n    pass\n\nimport nowhere\n"
FAULTS: dict[str, tuple[Files, str]] = {
    "an import error": ({"__init__.py": "import nowhere"}, "It cannot be imported: ModuleNotFoundError"),
    "a syntax error": ({"apps.py": "def ("}, "It cannot be imported: SyntaxError"),
    "an exit": ({"__init__.py": "raise SystemExit(3)"}, "It cannot be imported: SystemExit: 3"),
    "a taken label": ({"apps.py": f'"""{TAKEN[:14]}"""{TAKEN[14:]}'}, "there is an app 'core' already"),
    "models": ({"models.py": MODEL}, "Its models cannot be imported: ModuleNotFoundError"),
    "ready": ({"apps.py": READY.format("raise RuntimeError('no luck')")}, "ready() failed: RuntimeError: no luck"),
    "an exit in ready": ({"apps.py": READY.format("raise SystemExit(3)")}, "ready() failed: SystemExit: 3"),
    "a syntax error in an action": ({"actions/__init__.py": "", "actions/x.py": "class ("}, "bad/actions/x.py, line 1"),
    "a key of ours": (
        {"action_types/__init__.py": "", "action_types/a.py": ACTION.format(key="bad_first"),
         "action_types/b.py": ACTION.format(key="http_request")},
        "action type 'http_request' is registered twice",
    ),
    "an entity": ({"entities.py": "from actions import entities\nentities.register(int)"}, "Entities.py cannot be"),
    "admin pages": ({"admin.py": "raise ValueError('page')"}, "Admin.py cannot be imported: ValueError: page"),
    "tasks": ({"tasks.py": "import nowhere"}, "Tasks.py cannot be imported: ModuleNotFoundError"),
    "migrations": (
        {"migrations/__init__.py": "", "migrations/0001_initial.py": "import nowhere"},
        "Its migrations cannot be imported: ModuleNotFoundError",
    ),
    "bad YAML of event types": ({"event_types/x.yaml": "a: [1"}, "Event_types/x.yaml is not right"),
    "event types of another shape": ({"event_types/x.yaml": "a.b: {seen: 1}"}, "expected for 'a.b' an object of"),
    "a template without a name": ({"workflow_templates/x.yaml": "trigger: a.b"}, "expected a workflow in YAML"),
    "a message without a subject": ({"message_templates/x.txt": "Hello"}, "its first line is to be `Subject: ...`"),
}  # fmt: skip


NAMES = {fault: f"bad{number}" for number, fault in enumerate(FAULTS)}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Started:
    """One process with a plugin for each fault, each under a name of its own, and a good one after them."""
    folder = tmp_path_factory.mktemp("plugins")
    for fault, (files, _) in FAULTS.items():
        own = {name: text.replace("bad", NAMES[fault]) for name, text in files.items()}
        packages.write(folder, NAMES[fault], own)
    packages.write(folder, "good", GOOD)
    return packages.start(folder, *NAMES.values(), "good")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_plugin_is_named_with_the_reason(started: Started, fault: str) -> None:
    name, reason = NAMES[fault], FAULTS[fault][1]

    state, said = started.plugins[name]

    assert state == "faulty"
    assert reason.replace("bad", name) in said
    assert f"{name}_first" not in started.types
    assert f"(core.W001) The plugin {name!r} is faulty" in started.checked


def test_the_others_work_beside_all_faulty_ones(started: Started) -> None:
    assert started.plugins["good"] == ["loaded", ""]
    assert {"good_greet", "http_request"} <= {*started.types}
    assert started.log.count("plugin is faulty") >= len(FAULTS)


@pytest.mark.long
def test_a_plugin_that_is_not_there_is_named(tmp_path: Path) -> None:
    started = packages.start(tmp_path, "nowhere")

    assert started.plugins == {
        "nowhere": ["faulty", "It cannot be imported: ModuleNotFoundError: No module named 'nowhere'"]
    }


@pytest.mark.long
def test_a_plugin_brings_types_tasks_and_pages_by_convention(tmp_path: Path) -> None:
    tasks = "from celery import shared_task\n\n@shared_task(name='good.tidy')\ndef tidy():\n    pass\n"
    page = "from django.contrib import admin\nfrom django.contrib.contenttypes.models import ContentType as T\n\n"
    page += "admin.site.register(T)\n"
    packages.write(tmp_path, "good", {**GOOD, "tasks.py": tasks, "admin.py": page})

    started = packages.start(tmp_path, "good")

    assert started.plugins == {"good": ["loaded", ""]}
    assert "good.tidy" in started.tasks
    assert "ContentType" in started.pages
    assert "no issues" in started.checked


@pytest.mark.long
@pytest.mark.parametrize(("names", "code"), [(["good"], 0), (["good", "bad"], 1)])
def test_the_command_lists_what_each_brings_and_fails_for_a_faulty_one(
    tmp_path: Path, names: list[str], code: int
) -> None:
    packages.write(tmp_path, "good", GOOD)
    packages.write(tmp_path, "bad", {"__init__.py": "import nowhere"})

    done = subprocess.run(
        [sys.executable, "manage.py", "plugins"],
        env=packages.environment(tmp_path, *names), cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == code
    assert "loaded good\n         action type: good_greet\n" in done.stdout
    assert ("faulty bad  It cannot be imported" in done.stdout) == bool(code)
