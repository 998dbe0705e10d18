"""Read what is known about workflows."""

from collections.abc import Collection
from functools import cache
from itertools import chain
from uuid import UUID

from actions.models import Connection
from core import tenancy
from core.errors import InvalidError, NotFoundError, Problem
from core.ids import uuid_or_none
from core.models import Role, Workspace
from core.searching import id_or_slug
from core.services import secrets
from triggers import resolving
from triggers.models import Pattern
from triggers.services import query_checks
from workflows.definitions.references import ConnectionFacts, Known
from workflows.models import Workflow


def find(id_: str) -> Workflow:
    """The workflow with this id, or with this slug, which people can remember. Raises `NotFoundError`."""
    row = Workflow.objects.select_related("active_version").filter(id_or_slug(id_)).first()
    if row is None:
        raise NotFoundError(f"There is no workflow {id_[:64]!r} in this workspace.")
    return row


def named(name: str, *, path: str) -> Workflow:
    """The workflow that a body names by id or slug, at `path`. Raises `InvalidError`."""
    try:
        return find(name)
    except NotFoundError as error:
        raise InvalidError(error.detail, problems=[Problem(path, "unknown_workflow", error.detail)]) from None


def pk_of(name: str) -> UUID | None:
    """The id that a filter means by an id or a slug, which nobody need have; None for a slug that nobody has."""
    return uuid_or_none(name) or Workflow.objects.filter(slug=name).values_list("pk", flat=True).first()


def known(workflow: Workflow | None, *, role: Role = Role.ADMIN) -> Known:
    """What the definition of a workflow may refer to in the workspace in scope, when somebody with `role` publishes it.

    The names of the other workflows, the connections and the patterns are read when they are first asked for: few
    definitions name one. Without a workflow: what any of them may refer to.
    """
    workspace = Workspace.objects.get(pk=tenancy.current_workspace_id())
    return Known(
        secrets=secrets.names(),
        connections=cache(_connections),
        action_roles=workspace.action_roles,
        role=role,
        variables=frozenset(workspace.variables),
        workflows=cache(_names),
        itself=frozenset({workflow.name, workflow.slug} if workflow else ()),
        patterns=cache(_patterns),
        of_trigger=lambda resolved, path: query_checks.problems(resolved, path=path),
    )


def _patterns() -> dict[str, Collection[str]]:
    """Which types of events each start what names a pattern, by its name."""
    rows = Pattern.objects.values_list("name", "type", "params")
    known = ((name, resolving.read(type_, params)) for name, type_, params in rows)
    return {name: resolved.fed_by if resolved else () for name, resolved in known}


def _connections() -> dict[str, ConnectionFacts]:
    rows = Connection.objects.values_list("name", "kind", "role")
    return {name: ConnectionFacts(kind, Role(role)) for name, kind, role in rows}


def _names() -> frozenset[str]:
    """The names and slugs of all workflows."""
    return frozenset(chain.from_iterable(Workflow.objects.values_list("name", "slug")))
