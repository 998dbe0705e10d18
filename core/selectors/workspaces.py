"""Read who is in which workspace."""

from django.contrib.auth.models import User

from core import tenancy
from core.models import Membership


def of_user(user: User) -> list[Membership]:
    """The memberships of a person in all workspaces, these loaded, by slug."""
    with tenancy.unscoped("a user may be a member of several workspaces"):
        return list(Membership.objects.filter(user=user).select_related("workspace").order_by("workspace__slug"))
