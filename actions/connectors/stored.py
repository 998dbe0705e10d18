"""Connectors that a workspace stores: the rules that are theirs alone, and how a process finds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from actions.connectors import reading, shapes
from actions.connectors.document import BasicAuth, ConnectorDocument, NoAuth, Operation
from actions.connectors.shapes import OperationParams
from actions.models import Connector
from core import pointers, tenancy
from core.errors import InvalidError, Problem
from core.expressions import templates

KEPT = 200  # connectors per process


@dataclass(frozen=True, slots=True)
class Stored:
    """A connector of a workspace, with the parameter models of its operations."""

    document: ConnectorDocument
    models: Mapping[str, type[OperationParams]]

    def operation(self, key: str) -> Operation | None:
        return self.document.operation(key)


def parse(found: Mapping[str, Any]) -> ConnectorDocument:
    """The connector that a JSON object describes, if a workspace may have it. Raises `InvalidError`."""
    document = reading.parse(found)
    if problems := _problems(document):
        raise InvalidError("The connector is not valid.", problems=problems)
    return document


def find(name: str) -> Stored | None:
    """The connector of this name in the workspace in scope; None when there is none that can be used, or no scope.

    Concurrency: asks the database for the version each time, so a change in another process holds from its commit on.
    """
    try:
        row = Connector.objects.filter(name=name).values_list("pk", "version").first()
        return _made(*row) if row else None
    except (tenancy.NoScopeError, Connector.DoesNotExist):  # deleted, or changed again, in this moment
        return None
    except InvalidError:  # stored when the format took more than it does now
        return None


def names() -> list[str] | None:
    """The names of the connectors of the workspace in scope; None without a scope."""
    try:
        return [*Connector.objects.values_list("name", flat=True)]
    except tenancy.NoScopeError:
        return None


def forget() -> None:
    """Forget what was made of connectors. For who takes a change back: its version will be given again."""
    _made.cache_clear()


@lru_cache(maxsize=KEPT)
def _made(pk: UUID, version: int) -> Stored:
    document = reading.parse(Connector.objects.get(pk=pk, version=version).document)
    models = {each.key: shapes.params_model(each, title=document.title) for each in document.operations}
    return Stored(document, models)


def _problems(document: ConnectorDocument) -> list[Problem]:
    """What only files may have: settings, which a generic connection lacks, and templates that nobody checked."""
    found = []
    if document.settings:
        message = "A connector of a workspace has no settings; write the whole `base_url` into its connection."
        found.append(Problem("/settings", "not_here", message))
    if isinstance(document.auth, BasicAuth) and document.auth.username_setting:
        found.append(Problem("/auth/username_setting", "not_here", "A connector of a workspace has no settings."))
    for index, operation in enumerate(document.operations):
        for key, param in operation.params.items():
            if templates.has_templates(param.default):
                where = pointers.join("", "operations", index, "params", key, "default")
                found.append(Problem(where, "not_here", "Write templates into the workflow, not into defaults."))
    return found


def needs_connection(document: ConnectorDocument) -> bool:
    """Whether its requests sign in."""
    return not isinstance(document.auth, NoAuth)
