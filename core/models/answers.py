"""Answers that are given again to who asks again."""

from typing import ClassVar

from django.db import models

from core.models.tenants import WorkspaceRow


class IdempotentAnswer(WorkspaceRow):
    """What a request with an `Idempotency-Key` was answered with; written in the transaction of what it did.

    `fingerprint` is a hash of the request. `token` is the body and its headers, encrypted: answers may show a
    secret once.
    """

    encrypted_fields: ClassVar[tuple[str, ...]] = ("token",)

    caller = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    operation = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    token = models.TextField(editable=False)
    size_bytes = models.PositiveIntegerField(default=0, db_default=0, editable=False, help_text="Of the token")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "caller", "key"], name="answer_once_per_key")]
        indexes = [
            models.Index(fields=["expires_at"], name="answer_expires"),
            models.Index(
                fields=["workspace"], include=["size_bytes", "expires_at"], name="answer_sizes"
            ),  # counted at each new one
        ]

    def __str__(self) -> str:
        return f"{self.operation} ({self.status})"
