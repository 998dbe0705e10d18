"""Rows that all apps know: a module for each question; import them from here."""

from core.models.access import Invitation, ServiceAccount
from core.models.answers import IdempotentAnswer
from core.models.dead_letters import DeadLetter, LetterKind, LetterStatus
from core.models.heartbeats import Heartbeat
from core.models.tenants import (
    ApiKey,
    AuditEntry,
    Membership,
    Role,
    Row,
    Secret,
    Workspace,
    WorkspaceManager,
    WorkspaceRow,
)

__all__ = [
    "ApiKey",
    "AuditEntry",
    "DeadLetter",
    "Heartbeat",
    "IdempotentAnswer",
    "Invitation",
    "LetterKind",
    "LetterStatus",
    "Membership",
    "Role",
    "Row",
    "Secret",
    "ServiceAccount",
    "Workspace",
    "WorkspaceManager",
    "WorkspaceRow",
]
