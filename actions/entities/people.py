"""The members of a workspace, as actions name them: by e-mail address or login."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q

from actions.entities import rows
from actions.entities.entity import Entity
from actions.entities.failures import failed
from actions.models import Rotation
from core import tenancy
from core.models import Membership

Candidates = Sequence[User]


def find(name: str) -> User:
    """The active member with this address or login. Raises `ActionFailedError` (unknown_person)."""
    wanted = Q(user__email__iexact=name) | Q(user__username=name)
    found = [each.user for each in Membership.objects.filter(wanted, user__is_active=True).select_related("user")[:2]]
    if len(found) == 1:
        return found[0]
    if found:
        raise failed("unknown_person", f"Several members of this workspace go by {name[:100]!r}; name a login.")
    text = f"Nobody in this workspace goes by {name[:100]!r}; give the e-mail address or the login of a member."
    raise failed("unknown_person", text)


def next_in_turn(people: Candidates, *, of: str) -> User:
    """The one after the last. Concurrency: the row of the rotation is locked, so two calls never get one turn."""
    row = _locked(people, of=of)
    row.last = (row.last + 1) % len(people)
    row.save(update_fields=["last", "updated_at"])
    return people[row.last]


def least_loaded(people: Candidates, entity: Entity, *, owner: str) -> User:
    """The one who owns the fewest rows; of several, the first. Concurrency: as `next_in_turn`."""
    _locked(people, of=f"{entity.name} by load")
    owned = rows.of(entity).filter(**{f"{owner}__in": [each.pk for each in people]})
    counts: dict[Any, int] = dict(owned.order_by().values_list(owner).annotate(Count("pk")))
    return min(people, key=lambda each: counts.get(each.pk, 0))


def _locked(people: Candidates, *, of: str) -> Rotation:
    logins = [each.username for each in people]
    name = f"{of[:60]}: {_digest(logins)}"
    Rotation.objects.get_or_create(name=name, workspace_id=tenancy.current_workspace_id(), defaults={"people": logins})
    return Rotation.objects.select_for_update().get(name=name)


def _digest(logins: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(logins).encode()).hexdigest()[:16]
