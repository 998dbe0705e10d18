"""The name that was probably meant by one that is none. Callers write the sentence."""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_CHARACTERS = 40  # difflib is quadratic, and names are written by strangers


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `name`, or has it as one of its words, as `wait_for_event` has `wait`.

    None when none is close, or the name is longer than any real one.
    """
    if len(name) > MAX_CHARACTERS:
        return None
    names = [*known]
    likely = get_close_matches(name, names, n=1, cutoff=0.75)
    longer = [each for each in names if name and name in each.split("_")]
    return next(iter([*likely, *longer, *get_close_matches(name, names, n=1)]), None)
