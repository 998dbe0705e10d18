"""The name that was probably meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`, did you mean ...?` to end a sentence with, or "" when nothing is close."""
    close = difflib.get_close_matches(name.lower(), list(known), n=1)
    return f", did you mean `{close[0]}`?" if close else ""
