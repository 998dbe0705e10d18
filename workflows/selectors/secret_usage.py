"""Which workflows read a secret."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q, TextField
from django.db.models.functions import Cast

from core.errors import InvalidError
from core.expressions import templates
from core.ports import SecretUse
from triggers import resolving
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow


def workflows_with_secret(name: str) -> list[SecretUse]:
    """The workflows of the workspace in scope whose draft or active version reads `secrets.<name>`, by name.

    In templates anywhere, and where a trigger is told the name of a secret. Templates that cannot be read do not count.
    An archived one is not active: where it has run it is never deleted, and would keep its secrets for ever.
    """
    rows = Workflow.objects.annotate(
        definition=F("active_version__definition"),
        drafted=Cast("draft", TextField()),
        active=Cast("active_version__definition", TextField()),
    ).filter(Q(drafted__contains=name) | Q(active__contains=name))
    found = []
    for row in rows.order_by("name"):
        is_read = row.definition is not None and _reads(row.definition, name)
        if is_read or _reads(row.draft, name):
            found.append(SecretUse(row.name, is_read and row.status != WorkflowStatus.ARCHIVED))
    return found


def _reads(definition: Any, name: str) -> bool:
    if isinstance(definition, Mapping) and any(name in _named(part) for part in _triggers(definition)):
        return True
    read = [each.path.steps for each in templates.references_in(definition)]
    return any(steps[0] == "secrets" and (len(steps) == 1 or steps[1] == name) for steps in read)


def _triggers(definition: Mapping[str, Any]) -> list[Any]:
    several = definition.get("triggers")
    return [definition.get("trigger"), *(several if isinstance(several, list) else [])]


def _named(part: Any) -> set[str]:
    """The secrets that a trigger is told the names of."""
    if not isinstance(part, Mapping) or not isinstance(part.get("type"), str):
        return set()
    params = part.get("params", {})
    try:
        resolved = resolving.resolve(part["type"], params if isinstance(params, dict) else {}, path="")
    except InvalidError:
        return set()
    return {name for names in resolved.trigger_type.secrets(resolved.params).values() for name in names}
