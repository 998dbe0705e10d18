"""Plugins for tests: packages written into a folder, and what a real process makes of them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from django.conf import settings

Files = Mapping[str, str]

ACTION = """
from typing import Any

from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from actions.registry import register


class Params(ActionParams):
    pass


class Type(ActionType[Params]):
    key, title, description, category, icon = "{key}", "T", "D", "c", "i"
    effects, params_model = Effects.NONE, Params

    def perform(self, params: Params, call: ActionCall) -> ActionResult:
        return ActionResult()


register(Type())
"""
GOOD: Files = {"action_types/__init__.py": "", "action_types/greet.py": ACTION.format(key="good_greet")}

# What web and worker import, the checks, and what is known of the plugins by then.
PROCESS = """
import json, sys
import config.wsgi
from config.celery import app
app.loader.import_default_modules()
from django.core.management import call_command
from io import StringIO
checked = StringIO()
call_command("check", stderr=checked, stdout=checked)
from actions.registry import action_types
from core import plugins
from django.contrib import admin
from django.db.migrations.loader import MigrationLoader
MigrationLoader(None)
print("RESULT" + json.dumps({
    "types": [*action_types.keys()],
    "tasks": [name for name in app.tasks],
    "pages": [model.__name__ for model in admin.site._registry],
    "plugins": {each.name: [each.status, each.reason] for each in plugins.listed()},
    "checked": checked.getvalue(),
}))
"""


@dataclass
class Started:
    """What a process said of its plugins."""

    plugins: dict[str, list[str]]
    types: list[str]
    tasks: list[str]
    pages: list[str]
    checked: str
    log: str


def write(folder: Path, name: str, files: Files) -> None:
    """A package with these files."""
    for path, text in {"__init__.py": "", **files}.items():
        target = folder / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text))


def environment(folder: Path, *plugins: str) -> dict[str, str]:
    """The variables of a process with these plugins, in this folder."""
    return {**os.environ, "SEQUITUR_PLUGINS": ",".join(plugins), "PYTHONPATH": str(folder)}


def start(folder: Path, *plugins: str) -> Started:
    """Start what web and worker start; fails when that fails."""
    variables = environment(folder, *plugins)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROCESS], env=variables, cwd=settings.BASE_DIR,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.partition("RESULT")[2])
    return Started(log=done.stdout + done.stderr, **found)
