"""The requirement documents, where they are kept beside the code."""

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "requirements"


def requirement(number: str) -> str:
    """The text of a requirement such as `000`; skips the test where the documents are not."""
    folder = Path(os.environ.get("SEQUITUR_REQUIREMENTS") or _DEFAULT)
    found = sorted(folder.glob(f"{number}_*.txt"))
    if not found:
        pytest.skip(f"no requirement {number} below {folder}; set SEQUITUR_REQUIREMENTS to their folder")
    return found[0].read_text(encoding="utf-8")
