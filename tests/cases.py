"""Where the public test cases lie that are too large, or too hostile, to be kept with the code."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

_DEFAULT = Path(__file__).resolve().parents[1].parent / "shared" / "cases"


def load(name: str) -> Any:
    """The JSON of a case file such as `jsonlogic/compatible.json`; skips the test where there is none."""
    path = Path(os.environ.get("SEQUITUR_CASES") or _DEFAULT) / name
    if not path.is_file():
        pytest.skip(f"no cases at {path}; set SEQUITUR_CASES to their folder")
    return json.loads(path.read_text(encoding="utf-8"))


def load_all(folder: str) -> list[Any]:
    """The JSON of all files below a folder of cases; skips the test where there is none."""
    root = Path(os.environ.get("SEQUITUR_CASES") or _DEFAULT) / folder
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(root.rglob("*.json"))]
    if not found:
        pytest.skip(f"no cases below {root}; set SEQUITUR_CASES to their folder")
    return found


def lines(name: str) -> list[str]:
    """The lines of a case file of text; skips the test where there is none."""
    path = Path(os.environ.get("SEQUITUR_CASES") or _DEFAULT) / name
    if not path.is_file():
        pytest.skip(f"no cases at {path}; set SEQUITUR_CASES to their folder")
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line]


def text(name: str) -> str:
    """The text of a case file; skips the test where there is none."""
    path = Path(os.environ.get("SEQUITUR_CASES") or _DEFAULT) / name
    if not path.is_file():
        pytest.skip(f"no cases at {path}; set SEQUITUR_CASES to their folder")
    return path.read_text(encoding="utf-8")
