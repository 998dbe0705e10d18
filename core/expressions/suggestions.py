"""The name that was probably meant, as the messages of this package say it."""

from collections.abc import Iterable

from core.suggestions import closest


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`, did you mean ...?` to end a sentence with, or "" when nothing is close."""
    meant = closest(name.lower(), known)
    return f", did you mean `{meant}`?" if meant else ""
