"""Tell of credentials that end: in lists at once, and the admins of the workspace by mail, once for each end."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q
from django.utils import timezone

from actions import mail
from actions.base import ActionFailedError
from actions.models import Connection
from actions.services import sealing
from core import tenancy
from core.models import Membership, Role
from core.secret_box import UnreadableSecretError

log = structlog.get_logger(__name__)

SOON = timedelta(days=7)
BATCH = 200


def warnings(row: Connection, *, now: datetime) -> list[dict[str, str]]:
    """What somebody should look at. Shape: `[{"code", "message"}]`; the codes are stable.

    1. expired, 2. expires_soon: by `expires_at`; 3. authorization_needed; 4. test_failed; 5. unreadable.
    """
    found = []
    if row.expires_at is not None and row.expires_at <= now:
        found.append(("expired", f"Its credentials ended at {row.expires_at.isoformat(timespec='seconds')}."))
    elif row.expires_at is not None and row.expires_at <= now + SOON:
        found.append(("expires_soon", f"Its credentials end at {row.expires_at.isoformat(timespec='seconds')}."))
    if row.needs_authorization:
        found.append(("authorization_needed", "The other side does not renew it any more. Authorise it again."))
    if row.test_error:
        found.append(("test_failed", f"The last test failed: {row.test_error.get('message', '')}"))
    try:
        sealing.unseal(row)
    except UnreadableSecretError as error:
        found.append(("unreadable", f"{error.detail} Store its secrets again."))
    return [{"code": code, "message": message} for code, message in found]


def warn(*, now: datetime | None = None) -> int:
    """Mail the admins of the connections that end within seven days, or have ended; returns for how many.

    Safe to repeat: `warned_for` remembers for which end they were told, and is written first, so that two at once
    do not both write. Where the mail server does not take it, it is taken back, and tried again the next time.
    """
    now, told, last = now or timezone.now(), 0, None
    with tenancy.unscoped("connections of all workspaces end"):
        while True:
            due = Connection.objects.filter(expires_at__lte=now + SOON).order_by("pk").select_related("workspace")
            due = due.filter(Q(warned_for=None) | ~Q(warned_for=F("expires_at")))
            batch = list((due.filter(pk__gt=last) if last else due)[:BATCH])
            if not batch:
                return told
            told += sum(_tell(row, now=now) for row in batch)
            last = batch[-1].pk


def _tell(row: Connection, *, now: datetime) -> bool:
    admins = Membership.objects.filter(workspace=row.workspace_id, role=Role.ADMIN, user__is_active=True)
    to = sorted(set(admins.exclude(user__email="").values_list("user__email", flat=True)))
    if not to:
        return False
    rows = Connection.objects.filter(pk=row.pk, expires_at=row.expires_at)
    mine = rows.filter(Q(warned_for=None) | ~Q(warned_for=F("expires_at"))).update(warned_for=F("expires_at"))
    if not mine:
        return False
    try:
        for begin in range(0, len(to), mail.MAX_RECIPIENTS):
            mail.deliver(_message(row, to[begin : begin + mail.MAX_RECIPIENTS], now=now), timeout_seconds=15)
    except ActionFailedError as error:
        log.warning("no warning of an expiry", connection=str(row.pk), code=error.code)
        if not error.is_outcome_unknown:
            Connection.objects.filter(pk=row.pk, warned_for=row.expires_at).update(warned_for=row.warned_for)
        return False
    return True


def _message(row: Connection, to: list[str], *, now: datetime) -> EmailMultiAlternatives:
    ends = row.expires_at or now
    verb = "ended" if ends <= now else "end"
    at = ends.isoformat(timespec="minutes")
    text = (
        f"The credentials of the connection {row.name} ({row.kind}) in the workspace {row.workspace.slug} {verb} at "
        f"{at}.\n\nWorkflows that use it fail from then on. Store new credentials, or authorise it again:\n"
        f"PATCH /api/v1/connections/{row.name}/ or POST /api/v1/connections/{row.name}/authorize/\n"
    )
    key = f"connection-expiry:{row.pk}:{ends.isoformat()}:{to[0]}"
    return EmailMultiAlternatives(
        subject=f"The connection {row.name} {'has expired' if ends <= now else 'expires soon'}",
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=to,
        headers={"Message-ID": mail.message_id(key), "Auto-Submitted": "auto-generated"},
    )
