"""The name that was probably meant by one that is none. Callers write the sentence."""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_CHARACTERS = 40  # difflib is quadratic, and names are written by strangers


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `name`; None when none is close, or the name is longer than any real one."""
    if len(name) > MAX_CHARACTERS:
        return None
    return next(iter(get_close_matches(name, [*known], n=1)), None)
