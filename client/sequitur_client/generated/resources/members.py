"""`client.members`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import Call, Named, filled, given
from sequitur_client.generated import models as m


def members_accept(*, token: str, idempotency_key: str | None = None) -> Call[m.JoinedResponse]:
    """Use the token of an invitation, as whoever is signed in."""
    return Call(
        operation="members_accept",
        method="POST",
        path=filled("/api/v1/members/accept/"),
        answers={201: m.JoinedResponse},
        body=given({"token": token}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def members_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Remove a member. Their API keys of this workspace end."""
    return Call(
        operation="members_destroy",
        method="DELETE",
        path=filled("/api/v1/members/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def members_invite(*, email: str, role: m.Role, idempotency_key: str | None = None) -> Call[m.InvitationResponse]:
    """Invite somebody by mail. An open invitation to the same address ends; `mailed_at` says whether it left."""
    return Call(
        operation="members_invite",
        method="POST",
        path=filled("/api/v1/members/"),
        answers={201: m.InvitationResponse},
        body=given({"email": email, "role": role}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def members_leave(*, idempotency_key: str | None = None) -> Call[None]:
    """Leave the workspace. One's API keys of it end."""
    return Call(
        operation="members_leave",
        method="POST",
        path=filled("/api/v1/members/leave/"),
        answers={204: None},
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def members_list(*, cursor: str | None = None, limit: int | None = None) -> Call[m.MemberPage]:
    """Everybody in the workspace.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    """
    return Call(
        operation="members_list",
        method="GET",
        path=filled("/api/v1/members/"),
        answers={200: m.MemberPage},
        query={"cursor": cursor, "limit": limit},
    )


def members_partial_update(id: Named, *, role: m.Role, if_match: str | None = None) -> Call[m.MemberResponse]:
    """Give a member another role. Their API keys have no higher one from then on."""
    return Call(
        operation="members_partial_update",
        method="PATCH",
        path=filled("/api/v1/members/{id}/", id=id),
        answers={200: m.MemberResponse},
        body=given({"role": role}),
        row=id,
        if_match=if_match,
    )


def members_retrieve(id: Named) -> Call[m.MemberResponse]:
    """One member."""
    return Call(
        operation="members_retrieve",
        method="GET",
        path=filled("/api/v1/members/{id}/", id=id),
        answers={200: m.MemberResponse},
    )


def members_transfer(id: Named, *, idempotency_key: str | None = None) -> Call[m.MemberResponse]:
    """Make this member the owner of the workspace, and an admin. The owner alone may."""
    return Call(
        operation="members_transfer",
        method="POST",
        path=filled("/api/v1/members/{id}/transfer/", id=id),
        answers={200: m.MemberResponse},
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


class Members(binding.Resource):
    """What can be done with members."""

    accept = binding.called(members_accept)
    destroy = binding.called(members_destroy)
    invite = binding.called(members_invite)
    leave = binding.called(members_leave)
    list = binding.paged(members_list)
    partial_update = binding.called(members_partial_update)
    retrieve = binding.called(members_retrieve)
    transfer = binding.called(members_transfer)


class AsyncMembers(binding.AsyncResource):
    """Calls that are awaited."""

    accept = binding.awaited(members_accept)
    destroy = binding.awaited(members_destroy)
    invite = binding.awaited(members_invite)
    leave = binding.awaited(members_leave)
    list = binding.awaited_pages(members_list)
    partial_update = binding.awaited(members_partial_update)
    retrieve = binding.awaited(members_retrieve)
    transfer = binding.awaited(members_transfer)
