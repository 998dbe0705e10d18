"""Ids for what people gave none."""

from collections import Counter
from collections.abc import Iterable
from itertools import count


class Namer:
    """Gives ids that are not taken; each one given is."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._given: Counter[str] = Counter()  # where counting goes on, so that many of one kind take linear time

    def name(self, base: str) -> str:
        """`base` itself, or with the first number from 2 on that is free."""
        key = base
        if key in self._taken:
            start = self._given[base] + 2
            number = next(each for each in count(start) if f"{base}_{each}" not in self._taken)
            self._given[base] = number - 1
            key = f"{base}_{number}"
        self._taken.add(key)
        return key


def identifier(text: str) -> str:
    """The text as far as it can be an id."""
    letters = "".join(character if character.isascii() and character.isalnum() else "_" for character in text)[:80]
    return letters if letters[:1].isalpha() else f"action_{letters}"
