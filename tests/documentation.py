"""The examples of the documentation: found in its pages, and run as they stand there."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from core import documents


def page(path: str) -> str:
    """The text of a page, such as `docs/events.md`."""
    return (settings.BASE_DIR / path).read_text()


def chapter(text: str, title: str) -> str:
    """What stands under a heading of the second level."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    """The examples in a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def parsed(text: str) -> Any:
    """What an example in YAML says."""
    return documents.parse_yaml(text.encode(), max_bytes=100_000)


def run(script: str, environment: Mapping[str, str], *, cwd: Path | None = None) -> str:
    """What the commands print; fails when one of them does, also when curl is told an error."""
    strict = f"set -euo pipefail\n{script.replace('curl -sS', 'curl -sS --fail-with-body')}"
    done = subprocess.run(
        ["bash", "-c", strict],
        env={**os.environ, **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
