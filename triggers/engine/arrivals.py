"""Which rows of an answer were not in the one before. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_MET = 1_000  # keys: ten answers' worth, for those of which more is there than is looked at


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`new`: the places of the rows that fire. `met`: the keys to compare the next answer with, the newest last."""

    new: list[int]
    met: list[str]


def compare(met: Sequence[str], keys: Sequence[str], *, is_whole: bool) -> Arrivals:
    """What is new among the rows with these keys, of which those in `met` were there before.

    1. A key that is not in `met` fires, once for all rows that have it: the first.
    2. What is not there any more is forgotten, and so fires when it is there again.
    3. Of an answer that is not whole (there are more rows) nobody knows what is gone: nothing is forgotten but the
       oldest, beyond `MAX_MET`. Rows that change places around the limit do not fire in turns.
    """
    before, first = set(met), {key: place for place, key in reversed([*enumerate(keys)])}
    here = sorted(first, key=first.__getitem__)
    new = [first[key] for key in here if key not in before]
    kept = [] if is_whole else [key for key in met if key not in first]
    return Arrivals(new, [*kept, *here][-MAX_MET:])
