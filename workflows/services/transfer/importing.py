"""Import workflows from documents: looked at together, and made together or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.actors import Actor
from core.errors import InvalidError, Problem
from core.expressions import templates
from core.preconditions import Expected
from core.services import workspaces
from workflows.models import Workflow
from workflows.services.transfer import drafts, outcomes
from workflows.services.transfer.missing import Here
from workflows.services.transfer.outcomes import Conflict, Done, Item, Report

MAX_DOCUMENTS = 100
MAX_TEMPLATES = 10_000  # of one import: reading one takes about a millisecond, and who imports waits for all
MAX_CHARACTERS = 200_000  # of all their expressions, which take their time, too
MAX_SHOWN = 100  # characters of a name


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of documents. `expected`: the state that the one workflow that is replaced may begin from."""

    conflict: Conflict = Conflict.REFUSE
    is_dry: bool = False
    expected: Expected | None = None


def run(documents: Sequence[Any], wish: Wish, *, by: Actor) -> Report:
    """What became of each document, or would with `is_dry`. Workflows are drafts, whatever is missing for them.

    Raises `InvalidError` where one is refused and it is not a dry run: then nothing was done.
    Concurrency: the row of the workspace is locked, so imports into one workspace follow each other.
    """
    check_numbers(documents, wish)
    found = outcomes.rehearsed(
        lambda: _put(documents, wish, by=by), keeps=lambda report: not wish.is_dry and not report.is_refused
    )
    if not wish.is_dry:
        outcomes.check_done(found)
    return replace(found, is_done=not wish.is_dry)


def check_numbers(documents: Sequence[Any], wish: Wish) -> None:
    """Raises `InvalidError` for no documents, too many, or more templates in them than are read."""
    message = ""
    if not 1 <= len(documents) <= MAX_DOCUMENTS:
        message = f"Expected 1 to {MAX_DOCUMENTS} workflows; there are {len(documents)}."
    elif too_many := too_much(documents):
        message = too_many
    elif wish.expected is not None and len(documents) != 1:
        message = "`If-Match` is about one workflow; send it by itself."
    if message:
        raise InvalidError(message, problems=[Problem("/documents", "invalid", message)])


def too_much(value: Any) -> str:
    """Why the templates in a value are more than are read in one import; "" when they are not."""
    try:
        number, characters = templates.count(value), templates.count_characters(value)
    except templates.TemplateError:
        return "The documents are nested too deeply."
    if number > MAX_TEMPLATES:
        return f"There are {number:,} templates; at most {MAX_TEMPLATES:,} are read in one import. Send fewer."
    if characters > MAX_CHARACTERS:
        return f"All expressions have {characters:,} characters; at most {MAX_CHARACTERS:,} are read. Send fewer."
    return ""


def _put(documents: Sequence[Any], wish: Wish, *, by: Actor) -> Report:
    workspaces.locked()
    rows: dict[int, Workflow] = {}

    def put(number: int, document: Any) -> Done:
        definition = drafts.check_is_object(document)
        rows[number], done = drafts.put(definition, conflict=wish.conflict, by=by.name, expected=wish.expected)
        return done

    items = []
    for number, document in enumerate(documents):
        path = f"/documents/{number}"
        items.append(outcomes.attempt("workflow", path, name_of(document), lambda: put(number, document)))  # noqa: B023
    here = drafts.here_of(by.role)  # after all are there: they may name each other
    return Report(tuple(checked(item, rows.get(number), here) for number, item in enumerate(items)))


def checked(item: Item, row: Workflow | None, here: Here) -> Item:
    """The item with what keeps its workflow from being published."""
    if row is None or item.is_refused:
        return item
    problems, lacks = drafts.problems_of(row, here, path=item.path)
    return replace(item, problems=problems, missing=lacks)


def name_of(document: Any) -> str:
    """What the workflow of a document is called, as far as one can tell."""
    name = document.get("name") if isinstance(document, dict) else None
    return name[:MAX_SHOWN] if isinstance(name, str) else ""
