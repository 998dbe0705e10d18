"""Bring a workflow up to what its template says by now, with everything that people changed in it since.

The template then, with the parameters of then, is the base; the draft and the template now are brought together over
it (`definitions/three_way.py`). What runs is the active version, so nothing else changes until the draft is published.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core.errors import ConflictError, InvalidError, Problem
from core.models import Role
from core.preconditions import Expected
from core.services import audit
from workflows.definitions import check, diffing, three_way
from workflows.definitions.diffing import Change
from workflows.definitions.three_way import Conflict, Merged, Side
from workflows.models import Workflow
from workflows.selectors import workflows as selectors
from workflows.services import workflows
from workflows.services.templates import library, provenance, values
from workflows.services.templates.template import Template

Json = dict[str, Any]
MAX_TOLD = 100


@dataclass(frozen=True, slots=True)
class News:
    """What the template says otherwise than when the workflow was made of it. `problems` are those of the parameters
    of then, where the template asks for more by now: it cannot be said what would change before they are given."""

    changes: list[Change]
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class Update:
    """What an update would make of the draft: `changes` in it, the conflicts, and what would keep it from being
    published."""

    definition: Json
    parameters: Json
    changes: list[Change]
    conflicts: tuple[Conflict, ...]
    problems: list[Problem]


def news(row: Workflow) -> News:
    """What became of the template since; nothing when it is not there any more. Raises `NotFoundError` for a workflow
    that was not made of one."""
    found = provenance.find(row)
    if not found.is_available:
        return News([], [])
    try:
        _, now = _now(row, {})
    except InvalidError as error:
        return News([], list(error.problems))
    return News(diffing.compare(row.template_base or {}, now), [])


def preview(
    row: Workflow, given: Mapping[str, Any], *, prefer: Side | None = None, role: Role = Role.ADMIN
) -> Update:  # fmt: skip
    """What `update` would do; changes nothing. Raises `NotFoundError` and `InvalidError` as it does."""
    filled, now = _now(row, given)
    merged = _merged(row, now, prefer)
    definition = {"name": row.name, **merged.definition}
    problems = check.check(definition, selectors.known(row, role=role))
    return Update(definition, filled, diffing.compare(row.draft, definition), merged.conflicts, problems)


def update(
    row: Workflow,
    given: Mapping[str, Any],
    *,
    prefer: Side | None = None,
    by: str = "",
    expected: Expected | None = None,
) -> Workflow:
    """Let the draft say what the template says now, but for what people changed. `given` are parameters that are to be
    others than before; `prefer` decides all conflicts.

    Raises `NotFoundError` without a template, `InvalidError` for parameters, `ConflictError` with every conflict when
    nobody decides them, and otherwise as `workflows.update` does. Then nothing changes. Doing it again changes nothing.
    Concurrency: merged under the lock of the row.
    """

    def write(locked: Workflow) -> Json:
        merged = _merged(locked, _now(locked, given)[1], prefer)
        if merged.conflicts and prefer is None:
            raise _refused(merged)
        return merged.definition

    before = provenance.find(row).digest
    template = _template(row)
    with transaction.atomic():
        changed = workflows.change(row, write, name=row.name, by=by, expected=expected)
        filled, now = _now(changed, given)
        if (template.digest, filled, now) != _kept(changed):
            provenance.write(changed, template, filled, by=by)
            after = {"template": template.slug, "digest": template.digest, "parameters": audit.shown(filled)}
            workflows.audit_of("template_updated", changed, by=by, before={"digest": before}, after=after)
    return changed


def _template(row: Workflow) -> Template:
    return library.find(provenance.find(row).slug)


def _now(row: Workflow, given: Mapping[str, Any]) -> tuple[Json, Json]:
    """The parameters, and what the template says with them now. Those that it does not have any more are left out."""
    template, before = _template(row), provenance.find(row).parameters
    kept = {name: value for name, value in before.items() if name in template.parameters}
    filled = values.checked(template, {**kept, **given})
    return filled, provenance.base_of(template.filled(filled))


def _kept(row: Workflow) -> tuple[str, Json, Json]:
    found = provenance.find(row)
    return found.digest, found.parameters, row.template_base or {}


def _merged(row: Workflow, now: Json, prefer: Side | None) -> Merged:
    draft = provenance.base_of(row.draft)
    return three_way.merge(row.template_base or {}, draft=draft, template=now, prefer=prefer or Side.DRAFT)


def _refused(merged: Merged) -> ConflictError:
    found = [Problem(each.path, "conflict", each.sentence) for each in merged.conflicts[:MAX_TOLD]]
    message = (
        f"The workflow and its template changed the same, in {len(merged.conflicts)} place(s); nothing was updated. "
        "Say with `prefer` whose change is taken (draft or template), or change the draft first."
    )
    return ConflictError(message, problems=found)
