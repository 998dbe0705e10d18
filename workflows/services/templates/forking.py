"""Make a workflow of a template: a draft like any other, which knows what it was made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core.errors import Problem
from core.models import Role
from core.services import audit
from workflows.definitions import check
from workflows.models import Workflow
from workflows.selectors import workflows as selectors
from workflows.services import workflows
from workflows.services.templates import provenance, requirements, values
from workflows.services.templates.requirements import Requirement
from workflows.services.templates.template import Template

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a fork would be: its definition, what would keep it from being published, and what it needs."""

    definition: Json
    parameters: Json
    problems: list[Problem]
    requires: list[Requirement]


def preview(template: Template, given: Mapping[str, Any], *, name: str = "", role: Role = Role.ADMIN) -> Preview:
    """What `fork` would make; changes nothing. `role` is that of who would publish it.

    Raises `InvalidError` with every problem of the parameters, at `/parameters/{name}`.
    """
    filled = values.checked(template, given)
    definition = {**template.filled(filled), "name": name or template.name}
    known = selectors.known(Workflow(name=definition["name"]), role=role)
    return Preview(definition, filled, check.check(definition, known), requirements.of(template, filled))


def fork(template: Template, given: Mapping[str, Any], *, name: str = "", by: str = "") -> Workflow:
    """A new draft in the workspace in scope that says what the template does with these parameters; `name` is the
    template's own when none is given.

    Raises `InvalidError` for parameters, as `preview` does, and as `workflows.create` does: `ConflictError` for a name
    that is taken, `QuotaExceededError`.
    """
    filled = values.checked(template, given)
    definition = template.filled(filled)
    with transaction.atomic():
        row = workflows.create(definition, name=name, by=by)
        provenance.write(row, template, filled, by=by)
        after = {"template": template.slug, "digest": template.digest, "parameters": audit.shown(filled)}
        workflows.audit_of("forked", row, by=by, after=after)
    return row
