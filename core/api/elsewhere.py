"""Who calls, in another workspace than the one that the request is for: what a promotion needs to know."""

from django.contrib.auth.models import User
from rest_framework.request import Request

from core import tenancy
from core.api.authentication import Caller, of_key
from core.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from core.models import Membership, Role
from core.services import api_keys

HEADER = "X-Target-Key"


def caller(request: Request, here: Caller, *, slug: str) -> Caller:
    """The same person in the workspace of this slug, by their membership; a key, by the second key in `X-Target-Key`.

    A key opens its own workspace alone, also that of a person, so whoever finds one does not get into the others: ADR
    0039. Raises `NotFoundError` for a workspace that they are not in, whether there is one or not, `ForbiddenError` for
    a key that comes alone, and `UnauthenticatedError` for a second one that is none.
    """
    key = request.headers.get(HEADER, "")
    if key:
        return _of_key(key.strip(), slug=slug)
    if not isinstance(request.user, User):
        raise ForbiddenError(f"An API key belongs to one workspace; send one of the other in the header {HEADER}.")
    with tenancy.unscoped("a person may be a member of several workspaces"):
        row = Membership.objects.filter(user=request.user, workspace__slug=slug).select_related("workspace").first()
    if row is None:
        raise _unknown(slug)
    return Caller(row.workspace, Role(row.role), here.name, user_id=here.user_id)


def _of_key(key: str, *, slug: str) -> Caller:
    row = api_keys.recognise(key)
    if row is None:
        raise UnauthenticatedError(f"The API key in {HEADER} is not known, was revoked, or has expired.")
    if row.workspace.slug != slug:
        raise _unknown(slug)
    return of_key(row)


def _unknown(slug: str) -> NotFoundError:
    return NotFoundError(f"You are in no workspace {slug[:63]!r}.")
