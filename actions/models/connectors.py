"""Connectors of a workspace: what other APIs take and answer, said by its admins."""

from django.db import models

from core.models import WorkspaceRow


class Connector(WorkspaceRow):
    """An API that the actions of this workspace may call by `connector_request`.

    `version` grows with every change: by it each process knows that what it has made of the document is the old one.
    """

    name = models.CharField(max_length=64)
    document = models.JSONField(help_text="What docs/connectors.md describes")
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="connector_once")]

    def __str__(self) -> str:
        return self.name
