"""Webhooks that were sent: the attempts of `send_webhook`."""

from django.db.models import QuerySet

from workflows.models import WEBHOOK_TYPES, ActionAttempt


def listed(*, url: str | None = None, status: int | None = None) -> QuerySet[ActionAttempt]:
    """Attempts of the workspace in scope; `url` is the beginning of the URL, `status` that of the answer."""
    rows = ActionAttempt.objects.filter(action_run__type__in=WEBHOOK_TYPES).select_related("action_run")
    if url is not None:
        rows = rows.filter(request__url__startswith=url)
    return rows if status is None else rows.filter(response__status=status)
