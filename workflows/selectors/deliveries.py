"""Webhooks that were sent: the attempts of `send_webhook`."""

from django.db.models import Q

from core.searching import Search
from workflows.models import TOLD_OF, WEBHOOK_TYPES, ActionAttempt


def listed(*, url: str | None = None, status: int | None = None) -> Search[ActionAttempt]:
    """Attempts of the workspace in scope; `url` is the beginning of the URL, `status` that of the answer.

    They are looked for among the attempts that asked somebody outside, or did not complete.
    """
    wanted = Q(action_run__type__in=WEBHOOK_TYPES)
    if url is not None:
        wanted &= Q(request__url__startswith=url)
    if status is not None:
        wanted &= Q(response__status=status)
    return Search(ActionAttempt.objects.filter(TOLD_OF).select_related("action_run"), wanted)
