"""Read an inbox: one's own, or, with a key of the workspace, that of everybody in it."""

from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from actions.models import InboxItem


def items(user: User | None) -> QuerySet[InboxItem]:
    """The items of a member, and those for the whole workspace; for no user, all of the workspace in scope."""
    rows = InboxItem.objects.all()
    return rows if user is None else rows.filter(Q(user=user) | Q(user=None))


def unread(user: User | None) -> int:
    """How many of them nobody has read."""
    return items(user).filter(read_at=None).count()


def read(rows: QuerySet[InboxItem], *, pk: UUID | None = None) -> int:
    """Mark these items, or one of them, as read; returns how many were not. When it was read first, stays."""
    wanted = rows.filter(pk=pk) if pk else rows
    return wanted.filter(read_at=None).order_by().update(read_at=Now())
