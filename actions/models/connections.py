"""How the workspace reaches a service outside: its settings, and the credentials that nobody reads back."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.models import Role, WorkspaceRow


class Connection(WorkspaceRow):
    """An account at a service. Actions name it; `token` holds its secret fields as one encrypted JSON object.

    `role` is the least role whose workflows may use it. `expires_at` is when its credentials end, as far as is known:
    not that of a token that is renewed by itself. `needs_authorization`: the other side renews its tokens no more.
    `refreshing_until` is the lease of the worker that renews them; `pending_authorization` is what only the server may
    know of an authorisation that was begun; `warned_for` is the expiry that the admins were told of.
    """

    encrypted_fields: ClassVar[tuple[str, ...]] = ("token", "pending_authorization")

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=100, help_text="The key of a connection type")
    settings = models.JSONField(default=dict, help_text="What is not secret: addresses, names, sizes")
    token = models.TextField(blank=True, editable=False)
    role = models.CharField(max_length=16, choices=Role, default=Role.EDITOR)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    test_error = models.JSONField(
        null=True, blank=True, help_text="{code, message} of the last test; null: it was good"
    )
    needs_authorization = models.BooleanField(default=False, db_default=False)
    pending_authorization = models.TextField(blank=True, default="", db_default="", editable=False)
    refreshing_until = models.DateTimeField(null=True, blank=True)
    warned_for = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("workspace", Lower("name"), name="connection_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="connection_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
