"""Read what is known about workflows."""

from core import tenancy
from core.models import Workspace
from core.services import secrets
from workflows.definitions.references import Known


def known() -> Known:
    """What a definition of the workspace in scope may refer to."""
    workspace = Workspace.objects.get(pk=tenancy.current_workspace_id())
    return Known(secrets=secrets.names(), variables=frozenset(workspace.variables))
