"""What conditions and templates may know of a workspace."""

from typing import Any

from core.models import Workspace


def workspace_names(workspace: Workspace) -> dict[str, Any]:
    """Seen as `workspace` (and `tenant`): what admins put into its settings, and what it is called.

    Shape: `{**settings, "id": str, "slug": str, "name": str}`.
    """
    return {**workspace.settings, "id": str(workspace.pk), "slug": workspace.slug, "name": workspace.name}
