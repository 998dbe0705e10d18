"""The requirement documents, where they are kept beside the code; and what of the product an example needs."""

import os
from pathlib import Path

import pytest

from actions.registry import action_types

_DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "requirements"


def requirement(number: str) -> str:
    """The text of a requirement such as `000`; skips the test where the documents are not."""
    folder = Path(os.environ.get("SEQUITUR_REQUIREMENTS") or _DEFAULT)
    found = sorted(folder.glob(f"{number}_*.txt"))
    if not found:
        pytest.skip(f"no requirement {number} below {folder}; set SEQUITUR_REQUIREMENTS to their folder")
    return found[0].read_text(encoding="utf-8")


def needs(*keys: str) -> None:
    """Skip the test while one of these action types is not there."""
    missing = [key for key in keys if action_types.find(key) is None]
    if missing:
        pytest.skip(f"no action type {', '.join(missing)} in this installation yet")
