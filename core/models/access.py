"""Who is let in besides those who are there: programs under a name of their own, and people who were asked."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.models.tenants import Role, WorkspaceRow


class ServiceAccount(WorkspaceRow):
    """A member that is no person. Its API keys do what its role allows at most, and end with it."""

    name = models.CharField(max_length=200)
    role = models.CharField(max_length=16, choices=Role)
    created_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="service_account_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"


class Invitation(WorkspaceRow):
    """Somebody was asked to join. Only the hash of the token is stored; it is good for one use, until it expires."""

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, help_text="Empty: the mail did not leave; invite again")
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=200, blank=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["workspace", "-id"], name="invitation_newest")]
        constraints = [
            models.UniqueConstraint(
                "workspace",
                Lower("email"),
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"
