"""Inboxes: who is meant by a recipient, one row for each of them, once; and reading them."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from actions.base import ActionFailedError
from actions.models import InboxItem
from core import tenancy
from core.models import Membership, Role

MAX_TITLE_CHARACTERS = 200
MAX_MESSAGE_CHARACTERS = 10_000
MAX_LINK_CHARACTERS = 2048
OPERATORS = "ops"

# Each word means the members who have at least this role.
WORDS = {OPERATORS: Role.OPERATOR, "operators": Role.OPERATOR, "admins": Role.ADMIN, "everyone": Role.VIEWER}
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_USER_CHARACTERS = 320


@dataclass(frozen=True, slots=True)
class Letter:
    """What is put into an inbox. `delivery_key` is the same for every attempt."""

    to: str
    message: str
    delivery_key: str
    title: str = ""
    link: str = ""
    kind: str = ""
    run_id: UUID | None = None


def check_recipient(text: str) -> str:
    """A recipient as it is stored: `role:<role>`, one of the words, or what may be a member's e-mail address or name.

    Raises ValueError for what can never be one; whether there is such a member is known when it is sent.
    """
    wanted = text.strip()
    if not wanted or len(wanted) > _USER_CHARACTERS or not wanted.isprintable():
        raise ValueError(f"expected a member's e-mail address or user name, role:<role>, or {', '.join(WORDS)}")
    if wanted.startswith("role:") and wanted.removeprefix("role:") not in Role.values:
        raise ValueError(f"there is no role {wanted.removeprefix('role:')[:40]!r}; there are {', '.join(Role.values)}")
    return wanted


def check_link(text: str) -> str:
    """A link that is http, https or relative to this site; empty for none. Raises ValueError for any other.

    A browser reads a backslash as a slash and leaves out control characters, so neither may be in one.
    """
    link = text.strip(" ")
    if not link:
        return ""
    parts = urlsplit(link) if not _UNSAFE.search(link) else None
    is_relative = parts is not None and link.startswith("/") and not link.startswith("//")
    is_web = parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)
    if not (is_relative or is_web) or len(link) > MAX_LINK_CHARACTERS:
        raise ValueError("a link begins with http://, https:// or one /, without spaces and backslashes")
    return link


def put(letter: Letter) -> list[UUID]:
    """Store the message for everybody who is meant, in the workspace in scope; returns the ids of the items.

    Safe to repeat: under the same `delivery_key`, each has it once, as it was first. Words and roles that nobody in the
    workspace has put one item there that all of its members, and its keys, see.
    Raises `ActionFailedError` (unknown_recipient) for whoever is no member of the workspace.
    """
    key = letter.delivery_key
    if len(key) > 200:
        key = hashlib.sha256(key.encode()).hexdigest()
    rows = [
        InboxItem(
            workspace_id=tenancy.current_workspace_id(),
            user_id=user_id,
            recipient=letter.to,
            kind=letter.kind[:100],
            title=letter.title[:MAX_TITLE_CHARACTERS],
            message=letter.message[:MAX_MESSAGE_CHARACTERS],
            link=letter.link,
            delivery_key=key,
            run_id=letter.run_id,
        )
        for user_id in _recipients(letter.to)
    ]
    InboxItem.objects.bulk_create(rows, ignore_conflicts=True)
    return [*InboxItem.objects.filter(delivery_key=key).order_by("id").values_list("pk", flat=True)]


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


def _recipients(to: str) -> list[int | None]:
    role = WORDS.get(to.lower()) or (Role(to.removeprefix("role:")) if to.startswith("role:") else None)
    members = Membership.objects.filter(user__is_active=True).order_by("user_id")
    if role is not None:
        has_role = [each for each in Role if each.includes(role)]
        found = [*members.filter(role__in=has_role).values_list("user_id", flat=True)]
        return [*found] or [None]
    named = members.filter(user__username=to)
    by_email = members.filter(user__email__iexact=to).exclude(user__email="")
    found = [*(named or by_email).values_list("user_id", flat=True)]
    if not found:
        text = (
            f"no member of this workspace has the user name or e-mail address {to[:100]!r}; expected that of one, "
            f"role:<role> with {', '.join(Role.values)}, or one of {', '.join(WORDS)}"
        )
        raise ActionFailedError("unknown_recipient", text, is_retryable=False)
    return [*found]
