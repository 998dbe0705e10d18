"""How many the workspace in scope has of what is limited by number; what is over is not counted."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet, Sum

from core.models import ApiKey, IdempotentAnswer, Invitation, Secret, ServiceAccount


def api_keys(now: datetime) -> QuerySet[ApiKey]:
    """Those that are valid."""
    return ApiKey.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), revoked_at__isnull=True)


def open_invitations(now: datetime) -> QuerySet[Invitation]:
    """Those that may be accepted."""
    return Invitation.objects.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now)


def _bytes_of_kept_answers(now: datetime) -> int:
    return IdempotentAnswer.objects.aggregate(all=Sum("size_bytes"))["all"] or 0


# By the name of the limit. Answers count until they are swept: they are stored.
COUNTS: Final[Mapping[str, Callable[[datetime], int]]] = {
    "max_api_keys": lambda now: api_keys(now).count(),
    "max_service_accounts": lambda now: ServiceAccount.objects.count(),
    "max_open_invitations": lambda now: open_invitations(now).count(),
    "max_secrets": lambda now: Secret.objects.count(),
    "max_kept_answers": lambda now: IdempotentAnswer.objects.count(),
    "max_kept_answer_bytes": _bytes_of_kept_answers,
}
