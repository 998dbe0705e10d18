"""What a workflow was made of: its template, with which parameters, by whom and when, and what that said then.

`Workflow.template` is `{slug, name, plugin, digest, parameters, by, at}`; `Workflow.template_base` the definition that
the template came to with those parameters, without name. Both are null for a workflow that was written by hand. The
template may have been taken away since, or say something else: that is told by its digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from core.errors import NotFoundError
from workflows.models import Workflow
from workflows.services.templates import library
from workflows.services.templates.template import Template

Json = dict[str, Any]
FIELDS = ["template", "template_base"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """`digest` is that of the template when the workflow was made of it, or brought up to it (`by`, `at`); `current`
    that of the template now, "" when there is none of this slug any more."""

    slug: str
    name: str
    plugin: str
    digest: str
    current: str
    parameters: Json
    by: str
    at: datetime

    @property
    def is_available(self) -> bool:
        return bool(self.current)

    @property
    def is_outdated(self) -> bool:
        """Whether the template makes something else of the same parameters by now."""
        return self.is_available and self.current != self.digest


def of(row: Workflow) -> Provenance | None:
    """What a workflow was made of; None when it was not made of a template."""
    written = row.template
    if not isinstance(written, dict):
        return None
    now = library.known().get(written["slug"])
    at = datetime.fromisoformat(written["at"])
    kept = {name: written[name] for name in ("slug", "name", "plugin", "digest", "parameters", "by")}
    return Provenance(**kept, at=at, current=now.digest if now else "")


def find(row: Workflow) -> Provenance:
    """The same. Raises `NotFoundError` for a workflow that was not made of a template."""
    found = of(row)
    if found is None:
        raise NotFoundError(f"The workflow {row.name!r} was not made of a template.")
    return found


def base_of(definition: Mapping[str, Any]) -> Json:
    """A definition without its name, which is the workflow's own."""
    return {key: value for key, value in definition.items() if key != "name"}


def write(row: Workflow, template: Template, filled: Mapping[str, Any], *, by: str) -> None:
    """Keep with a workflow what it was made of, in the transaction of that. `filled`: all parameters."""
    row.template = {
        "slug": template.slug,
        "name": template.name,
        "plugin": template.plugin,
        "digest": template.digest,
        "parameters": dict(filled),
        "by": by[:200],
        "at": timezone.now().isoformat(),
    }
    row.template_base = base_of(template.filled(filled))
    row.save(update_fields=FIELDS)


def copy(row: Workflow, new: Workflow) -> None:
    """A copy of a workflow was made of the same."""
    new.template, new.template_base = row.template, row.template_base
    new.save(update_fields=FIELDS)
