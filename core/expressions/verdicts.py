"""The three-valued answer of everything that decides: yes, no, or "could not tell" with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """`result` is None when it could not be told; `why` then says the reason."""

    result: bool | None
    why: str | None = None


YES = Verdict(result=True)
NO = Verdict(result=False)
MISSING_FIELD = Verdict(result=None, why="missing")


def told(answer: bool, /) -> Verdict:
    """The verdict of something that can be told."""
    return YES if answer else NO


def could_not_tell(why: str) -> Verdict:
    """The verdict of something that cannot be told, for the reason `why`."""
    return Verdict(result=None, why=why)


def negate(verdict: Verdict) -> Verdict:
    """Kleene's not: what could not be told stays so, with its reason."""
    return verdict if verdict.result is None else told(not verdict.result)


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Kleene's and: one no decides, else one unknown taints. Stops reading at the first no."""
    return _fold(verdicts, decisive=False)


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Kleene's or: one yes decides, else one unknown taints. Stops reading at the first yes."""
    return _fold(verdicts, decisive=True)


def _fold(verdicts: Iterable[Verdict], *, decisive: bool) -> Verdict:
    unknown: Verdict | None = None
    for verdict in verdicts:
        if verdict.result is decisive:
            return told(decisive)
        if verdict.result is None and unknown is None:
            unknown = verdict
    return unknown or told(not decisive)
