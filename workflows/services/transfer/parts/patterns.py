"""Patterns: what workflows name and share."""

from collections.abc import Iterator
from typing import Any

from core.models import Role
from triggers.models import Pattern
from workflows.services.editing import patterns
from workflows.services.transfer import mapping, outcomes
from workflows.services.transfer.bundle import PatternItem
from workflows.services.transfer.mapping import Mapped
from workflows.services.transfer.outcomes import Conflict, Done, Outcome

KIND = "pattern"
_TRIGGER = ("type", "params", "filters", "conditions")

Json = dict[str, Any]


def items() -> Iterator[Json]:
    """All of them by name."""
    for row in sorted(Pattern.objects.all(), key=lambda row: row.name):
        yield {name: getattr(row, name) for name in patterns.SAID}


def put(item: PatternItem, conflict: Conflict, by: str) -> Done:
    """Store it, or change what is there. Raises as `patterns.create` and `change`, and `ConflictError`.

    Admins import, so it may use what they may.
    """
    wanted = {name: getattr(item, name) for name in patterns.SAID}
    row = Pattern.objects.filter(name__iexact=item.name).first()
    if row is None:
        patterns.create(wanted, role=Role.ADMIN, by=by)
        return Done(Outcome.CREATED, item.name)
    before = patterns.state(row)
    changed = sorted(name for name, value in wanted.items() if getattr(row, name) != value)
    if not changed:
        return Done(Outcome.UNCHANGED, item.name, before)
    if conflict is Conflict.KEEP:
        return Done(Outcome.KEPT, item.name, before)
    outcomes.refuse_taken(conflict, f"the pattern {item.name!r}", changed)
    patterns.change(row, wanted, role=Role.ADMIN, by=by)
    return Done(Outcome.CHANGED, item.name, before, changes=(f"{', '.join(changed)} changed.",))


def definition_of(item: Json) -> Json:
    """What a pattern listens to, as a definition says it: what names things in the one names them in the other."""
    return {"triggers": [{name: item[name] for name in _TRIGGER if item.get(name)}]}


def renamed(item: PatternItem, names: Mapped) -> PatternItem:
    """The pattern under the name that the mapping gives it, with the names that it uses."""
    [part] = mapping.apply(definition_of(item.model_dump()), names)["triggers"]
    return item.model_copy(update={**part, "name": names.patterns.get(item.name, item.name)})
