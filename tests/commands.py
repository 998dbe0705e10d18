"""Run a command of `manage.py` in the process of the test."""

import json
from io import StringIO
from typing import Any

from django.core.management import call_command

from core.models import Workspace


def said(command: str, *args: str, workspace: Workspace | None = None) -> list[str]:
    """The lines that it prints."""
    out = StringIO()
    where = ["--workspace", workspace.slug] if workspace else []
    call_command(command, *args, *where, stdout=out)
    return out.getvalue().splitlines()


def body(command: str, *args: str, workspace: Workspace | None = None) -> Any:
    """What it says to programs."""
    return json.loads("\n".join(said(command, *args, "--json", workspace=workspace)))
