"""The name that was probably meant."""

import difflib
from collections.abc import Iterable

MAX_CHARACTERS = 40


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`, did you mean ...?` to end a sentence with, or "" when nothing is close."""
    if len(name) > MAX_CHARACTERS:  # difflib is quadratic
        return ""
    close = difflib.get_close_matches(name.lower(), list(known), n=1)
    return f", did you mean `{close[0]}`?" if close else ""
