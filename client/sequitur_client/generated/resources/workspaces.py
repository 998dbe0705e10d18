"""`client.workspaces`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any, Literal

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Form, Named, Unset, filled, given
from sequitur_client.generated import models as m


def workspaces_create(*, slug: str, name: str, idempotency_key: str | None = None) -> Call[m.WorkspaceResponse]:
    """Make a workspace, owned by who is signed in: by staff, or where the server is open (403 elsewhere).

    slug: Letters, digits, - and _; it stays
    """
    return Call(
        operation="workspaces_create",
        method="POST",
        path=filled("/api/v1/workspaces/"),
        answers={201: m.WorkspaceResponse},
        body=given({"slug": slug, "name": name}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workspaces_export(
    id: Named, *, as_: Literal["json", "yaml", "zip"] | None = None
) -> Call[dict[str, Any] | str | bytes]:
    """The workspace as a bundle: workflows with their tests, event types, message templates, connectors,
    connections without secrets, variables and settings. The same state gives the same bytes, but for `made_at`.
    As YAML or ZIP, too, for who says so in `as`, or in `Accept`.

    as_: One document, as JSON (the default, or what `Accept` says) or YAML, or an archive with a file for each
        thing
    """
    return Call(
        operation="workspaces_export",
        method="GET",
        path=filled("/api/v1/workspaces/{id}/export/", id=id),
        answers={200: dict[str, Any]},
        query={"as": as_},
        form=Form.SAID,
    )


def workspaces_import(
    id: Named,
    *,
    dry_run: bool | None = None,
    expected: str | None = None,
    on_conflict: Literal["refuse", "rename", "keep", "replace"] | None = None,
    publish: bool | None = None,
    bundle: dict[str, Any],
    mapping: m.Mapped | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.BundleImportResponse]:
    """Bring a bundle in: first a preview, which is what an import does and takes back; then, with the preview's
    `digest` as `expected`, all of it or nothing. Workflows are drafts, unless `publish` is true.

    dry_run: Say what would happen, and do nothing. False needs `expected`
    expected: The `digest` of the preview: what is done is what it showed
    on_conflict: What becomes of a thing whose name is taken by one that says something else; `rename` is for
        workflows, all others are refused with it
    publish: Let workflows become what they are in the bundle: active, or paused
    bundle: docs/transfer.md
    mapping: Names, each with the one that it becomes here
    """
    return Call(
        operation="workspaces_import",
        method="POST",
        path=filled("/api/v1/workspaces/{id}/import/", id=id),
        answers={200: m.BundleImportResponse},
        query={"dry_run": dry_run, "expected": expected, "on_conflict": on_conflict, "publish": publish},
        body=given({"bundle": bundle, "mapping": mapping}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workspaces_list() -> Call[m.WorkspaceListing]:
    """All workspaces that a person is in; of a key, its own."""
    return Call(
        operation="workspaces_list", method="GET", path=filled("/api/v1/workspaces/"), answers={200: m.WorkspaceListing}
    )


def workspaces_partial_update(
    id: Named,
    *,
    name: Any = UNSET,
    time_zone: Any = UNSET,
    settings: Any = UNSET,
    variables: Any = UNSET,
    limits: Any = UNSET,
    flow: Any = UNSET,
    outbound: Any = UNSET,
    action_roles: Any = UNSET,
    weight: Any = UNSET,
    if_match: str | None = None,
) -> Call[m.WorkspaceResponse]:
    """Replace the columns that are given, each as a whole: with `If-Match`, 412 where somebody changed any of them
    meanwhile.

    name: Text
    time_zone: An IANA name, such as Europe/Amsterdam
    settings: An object; templates see it as `workspace.<name>`
    variables: An object; templates see it as `vars.<name>`
    limits: An object; none above the server's
    flow: An object: defaults and ceilings of flow control
    outbound: An object: what requests may reach
    action_roles: An object: which role may use an action type
    weight: 1 to 100; for operators alone
    """
    return Call(
        operation="workspaces_partial_update",
        method="PATCH",
        path=filled("/api/v1/workspaces/{id}/", id=id),
        answers={200: m.WorkspaceResponse},
        body=given(
            {
                "name": name,
                "time_zone": time_zone,
                "settings": settings,
                "variables": variables,
                "limits": limits,
                "flow": flow,
                "outbound": outbound,
                "action_roles": action_roles,
                "weight": weight,
            }
        ),
        row=id,
        if_match=if_match,
    )


def workspaces_quotas(id: Named) -> Call[m.QuotaListing]:
    """How much of its limits the workspace has used."""
    return Call(
        operation="workspaces_quotas",
        method="GET",
        path=filled("/api/v1/workspaces/{id}/quotas/", id=id),
        answers={200: m.QuotaListing},
    )


def workspaces_retrieve(id: Named) -> Call[m.WorkspaceResponse]:
    """The workspace with its settings and limits. Its `ETag` is for `If-Match` of a change."""
    return Call(
        operation="workspaces_retrieve",
        method="GET",
        path=filled("/api/v1/workspaces/{id}/", id=id),
        answers={200: m.WorkspaceResponse},
    )


class Workspaces(binding.Resource):
    """What can be done with workspaces."""

    create = binding.called(workspaces_create)
    export = binding.called(workspaces_export)
    import_ = binding.called(workspaces_import)
    list = binding.listed(workspaces_list)
    partial_update = binding.called(workspaces_partial_update)
    quotas = binding.listed(workspaces_quotas)
    retrieve = binding.called(workspaces_retrieve)


class AsyncWorkspaces(binding.AsyncResource):
    """Calls that are awaited."""

    create = binding.awaited(workspaces_create)
    export = binding.awaited(workspaces_export)
    import_ = binding.awaited(workspaces_import)
    list = binding.awaited_list(workspaces_list)
    partial_update = binding.awaited(workspaces_partial_update)
    quotas = binding.awaited_list(workspaces_quotas)
    retrieve = binding.awaited(workspaces_retrieve)
