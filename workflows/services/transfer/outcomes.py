"""What became of each thing that was imported, or would become of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from django.db import transaction

from actions.connectors import stored
from core.errors import ConflictError, InvalidError, Problem, SequiturError
from workflows.services.transfer.missing import Missing

T = TypeVar("T")

MAX_TOLD = 200  # problems in one refusal


class Conflict(StrEnum):
    """What becomes of a thing whose name is taken by one that says something else."""

    REFUSE = "refuse"
    RENAME = "rename"
    KEEP = "keep"
    REPLACE = "replace"


class Outcome(StrEnum):
    """What was done, or would be."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Done:
    """What one thing came to: under which name, and the state (of its `ETag`) that it began from, "" for none.

    `id` is that of a workflow; `changes` are sentences about what differs; `published`: the number of the version that
    became active.
    """

    outcome: Outcome
    name: str
    before: str = ""
    id: str = ""
    changes: tuple[str, ...] = ()
    published: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a document or a bundle; `path` is where it stands in that, `kind` such as `workflow`.

    `problems` keep a workflow from being published, or are why it is refused; their pointers begin with `path`.
    """

    kind: str
    path: str
    done: Done
    problems: tuple[Problem, ...] = ()
    missing: tuple[Missing, ...] = ()
    error: SequiturError | None = field(default=None, repr=False, compare=False)

    @property
    def is_refused(self) -> bool:
        return self.done.outcome is Outcome.REFUSED

    @property
    def is_clean(self) -> bool:
        """Whether a workflow could be published now."""
        return not self.is_refused and not self.problems and not any(each.is_blocking for each in self.missing)


@dataclass(frozen=True, slots=True)
class Report:
    """All items, in the order in which they were put; `digest` stands for all of it, "" where nobody asks for one.

    `is_done`: whether it was done, and not only looked at.
    """

    items: tuple[Item, ...]
    warnings: tuple[str, ...] = ()
    digest: str = ""
    is_done: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """How many came to what; each outcome is named."""
        found = Counter(item.done.outcome for item in self.items)
        return {outcome.value: found[outcome] for outcome in Outcome}

    @property
    def is_refused(self) -> bool:
        return any(item.is_refused for item in self.items)


def attempt(kind: str, path: str, name: str, act: Callable[[], Done]) -> Item:
    """What `act` came to; what it raises of ours is why the thing is refused, and undone."""
    try:
        with transaction.atomic():
            return Item(kind, path, act())
    except SequiturError as error:
        problems = below(path, error.problems or (Problem("", error.code, error.detail),))
        return Item(kind, path, Done(Outcome.REFUSED, name), problems, error=error)


def refuse_taken(conflict: Conflict, what: str, differing: Sequence[str]) -> None:
    """Raises `ConflictError` where what is there, and differs in these parts, may not be replaced."""
    if conflict is not Conflict.REPLACE:
        differs = f" ({', '.join(differing)})" if differing else ""
        message = f"There is {what} already, which says something else{differs}; `keep` it or `replace` it."
        raise ConflictError(message, problems=[Problem("", "taken", message)])


def below(path: str, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems with pointers into what the thing is part of."""
    return tuple(replace(each, path=f"{path}{each.path}") for each in problems)


def rehearsed(act: Callable[[], T], *, keeps: Callable[[T], bool]) -> T:
    """What `act` came to. It stays done only if `keeps` says so; else all of it is taken back, and nothing has changed.

    So a preview is not a second telling of what an import does: it is the import.
    """
    with transaction.atomic():
        try:
            found = act()
            if not keeps(found):
                transaction.set_rollback(True)
        finally:
            stored.forget()  # before others can change what we saw
    return found


def check_clean(problems: Sequence[Problem], missing: Sequence[Missing]) -> None:
    """Raises `InvalidError` with what keeps a definition from being published."""
    lacks = [Problem(each.path, "missing_dependency", each.message) for each in missing if each.is_blocking]
    told = {each.path for each in lacks}
    found = [*lacks, *(each for each in problems if each.path not in told)]
    if found:
        raise InvalidError("The workflow cannot be published here.", problems=found)


def check_done(report: Report) -> None:
    """Raises `InvalidError` with why something was refused, or, where there is one thing, what it raised itself: then
    nothing was done."""
    if len(report.items) == 1 and (error := report.items[0].error) is not None:
        error.problems = report.items[0].problems
        raise error
    if report.is_refused:
        problems = [problem for item in report.items if item.is_refused for problem in item.problems]
        number = sum(1 for item in report.items if item.is_refused)
        raise InvalidError(
            f"{number} of {len(report.items)} cannot be imported as they are; nothing was done.",
            problems=problems[:MAX_TOLD],
        )
