"""Put one definition into the workspace in scope, as the draft of the workflow of its name."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from core import preconditions, storable
from core.errors import ConflictError, InvalidError, Problem, TooLargeError
from core.models import Role
from core.preconditions import Expected
from workflows.definitions import check, diffing, react_flow, shorthand
from workflows.models import Workflow
from workflows.selectors import workflows as selectors
from workflows.services import lifecycle, workflows
from workflows.services.transfer import missing
from workflows.services.transfer.missing import Here, Missing
from workflows.services.transfer.outcomes import Conflict, Done, Outcome, below

Json = Mapping[str, Any]

MAX_CHANGES = 20  # sentences of one workflow


def put(definition: Json, *, conflict: Conflict, by: str, expected: Expected | None = None) -> tuple[Workflow, Done]:
    """The workflow that says this now, and what was done. One that says so already, in canonical form, stays as it is.

    Raises `ConflictError` for a taken name where that is refused, `PreconditionFailedError` where there is none though
    one is expected, and otherwise as `workflows.create` and `update` do.
    """
    check_size(definition)
    row = named(shorthand.normalise(definition))
    if row is None:
        preconditions.check(expected, None)
        row = workflows.create(definition, by=by)
        return row, Done(Outcome.CREATED, row.name, id=str(row.pk))
    before = workflows.state(row)
    if _says(row, definition) or conflict is Conflict.KEEP:
        outcome = Outcome.UNCHANGED if _says(row, definition) else Outcome.KEPT
        return row, Done(outcome, row.name, before, str(row.pk))
    if conflict is Conflict.REFUSE:
        message = f"There is a workflow {row.name!r} already, which says something else; its id is {row.pk}."
        raise ConflictError(message, problems=[Problem("/name", "taken", message)])
    if conflict is Conflict.RENAME:
        new = workflows.create(definition, name=lifecycle.free_name(row.name), by=by)
        return new, Done(Outcome.CREATED, new.name, id=str(new.pk))
    changed = workflows.update(row, definition, by=by, expected=expected)
    outcome = Outcome.UNCHANGED if changed.revision == row.revision else Outcome.CHANGED
    return changed, Done(outcome, changed.name, before, str(row.pk), changes(row.draft, changed.draft))


def named(definition: Json) -> Workflow | None:
    """The workflow of the name of a definition, whatever its capitals; None without one, or without a name."""
    name = definition.get("name")
    if not isinstance(name, str) or not name.strip():
        return None
    return Workflow.objects.select_related("active_version").filter(name__iexact=name.strip()).first()


def changes(before: Json, after: Json) -> tuple[str, ...]:
    """What differs, as the first sentences of it."""
    return tuple(each.sentence for each in diffing.compare(before, after)[:MAX_CHANGES])


def problems_of(row: Workflow, here: Here, *, path: str) -> tuple[tuple[Problem, ...], tuple[Missing, ...]]:
    """What keeps the draft from being published in this workspace, and what of it is missing, below `path`."""
    known = selectors.known(row, role=here.role)
    found = below(path, check.check(row.draft, known))
    lacks = tuple(
        Missing(each.kind, each.name, f"{path}{each.path}", each.message, each.is_blocking)
        for each in missing.of(row.draft, here)
    )
    return found, lacks


def check_is_object(document: object) -> Json:
    """The document. Raises `InvalidError` for what is no object."""
    if not isinstance(document, Mapping):
        message = f"Expected a workflow: an object with a name and actions; got {type(document).__name__}."
        raise InvalidError(message, problems=[Problem("", "invalid", message)])
    return document


def canonical(definition: Json) -> dict[str, Any]:
    """A definition as it is stored, its name without blanks around it."""
    found = shorthand.normalise(definition)
    return {**found, "name": str(found.get("name")).strip()}


def here_of(role: Role) -> Here:
    """What there is now: to be asked anew after something was put."""
    return Here(role)


def check_size(definition: Json) -> None:
    """As when it comes by itself: many in one body are no way around the limit."""
    limit = settings.SEQUITUR_MAX_DEFINITION_BYTES
    if (size := storable.size_bytes(definition)) > limit:
        message = f"The definition has {size:,} bytes; at most {limit:,} are accepted."
        raise TooLargeError(message, problems=[Problem("", "too_large", message)])


def _says(row: Workflow, definition: Json) -> bool:
    is_moved = react_flow.is_graph(definition) and react_flow.layout(definition) != row.layout
    return not is_moved and canonical(definition) == row.draft
