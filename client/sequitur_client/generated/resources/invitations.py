"""`client.invitations`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import Call, Named, filled
from sequitur_client.generated import models as m


def invitations_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Revoke an invitation. Twice is once; one that was accepted is refused (409)."""
    return Call(
        operation="invitations_destroy",
        method="DELETE",
        path=filled("/api/v1/members/invitations/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def invitations_list(*, cursor: str | None = None, limit: int | None = None) -> Call[m.InvitationPage]:
    """All invitations, with what became of them.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    """
    return Call(
        operation="invitations_list",
        method="GET",
        path=filled("/api/v1/members/invitations/"),
        answers={200: m.InvitationPage},
        query={"cursor": cursor, "limit": limit},
    )


class Invitations(binding.Resource):
    """What can be done with invitations."""

    destroy = binding.called(invitations_destroy)
    list = binding.paged(invitations_list)


class AsyncInvitations(binding.AsyncResource):
    """Calls that are awaited."""

    destroy = binding.awaited(invitations_destroy)
    list = binding.awaited_pages(invitations_list)
