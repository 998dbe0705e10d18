"""Names of a connector made of what other people call things: valid, unique, and as close as can be."""

import keyword
import re
from collections.abc import Container

MAX_CHARACTERS = 64
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"[^a-z0-9]+")


def name(text: str, *, taken: Container[str] = (), fallback: str = "x", prefix: str = "") -> str:
    """`showPetById` as `show_pet_by_id`; numbered when it is taken, `fallback` when nothing is left of it."""
    words = _OTHER.sub("_", _BOUNDARY.sub("_", text[:500]).lower()).strip("_") or fallback
    if not words[0].isalpha() or keyword.iskeyword(words):
        words = f"{fallback}_{words}"
    whole = f"{prefix}{words}"[:MAX_CHARACTERS].strip("_")
    found, number = whole, 1
    while found in taken:
        number += 1
        end = f"_{number}"
        found = f"{whole[: MAX_CHARACTERS - len(end)]}{end}"
    return found
