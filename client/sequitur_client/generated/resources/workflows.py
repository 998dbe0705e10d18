"""`client.workflows`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Form, Named, Unset, filled, given
from sequitur_client.generated import models as m


def workflows_archive(
    id: Named, *, reason: str | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.WorkflowResponse]:
    """Let it listen no more, and show in no list but that of `?status=archived`. Runs go on; it can be restored."""
    return Call(
        operation="workflows_archive",
        method="POST",
        path=filled("/api/v1/workflows/{id}/archive/", id=id),
        answers={200: m.WorkflowResponse},
        body=given({"reason": reason}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_backtest(
    workflow_id: Named,
    *,
    version: int | Literal["draft", "active"] | Unset = UNSET,
    draft: bool | Unset = UNSET,
    definition: dict[str, Any] | Unset | None = UNSET,
    since: dt.datetime | Unset | None = UNSET,
    until: dt.datetime | Unset | None = UNSET,
    limit: int | Unset = UNSET,
    sample: int | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.BacktestResponse]:
    """Let the triggers of a draft, a version or a definition decide on the events of a period, and compare that
    with what was really started. Nothing is started, and nothing is written.

    version: The number of a version, the active one, or the draft
    draft: The same as `version: draft`
    definition: In the place of the draft: one that is not saved
    since: Default: seven days before `until`
    until: Not included; default: now
    limit: The first so many events of that time
    sample: How many events each list shows
    """
    return Call(
        operation="workflows_backtest",
        method="POST",
        path=filled("/api/v1/workflows/{workflow_id}/backtest/", workflow_id=workflow_id),
        answers={200: m.BacktestResponse},
        body=given(
            {
                "version": version,
                "draft": draft,
                "definition": definition,
                "since": since,
                "until": until,
                "limit": limit,
                "sample": sample,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_create(
    *,
    definition: dict[str, Any],
    name: str | Unset = UNSET,
    revision: int | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.WorkflowResponse]:
    """Store a draft: JSON with the definition in it, or the definition itself as YAML. It may have problems.

    definition: See docs/definition.md. As YAML, and as JSON where it has `actions` or `nodes` on top, the
        definition is the whole body
    revision: The revision that the change begins with; 412 if there is another by now. Like `If-Match`
    """
    return Call(
        operation="workflows_create",
        method="POST",
        path=filled("/api/v1/workflows/"),
        answers={201: m.WorkflowResponse},
        body=given({"definition": definition, "name": name, "revision": revision}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_decisions(
    workflow_id: Named,
    *,
    cursor: str | None = None,
    limit: int | None = None,
    verdict: Literal["fired", "no", "suppressed", "failed", "pending"] | None = None,
) -> Call[m.EventDecisionPage]:
    """Why the workflow started or did not, the newest events first; `?verdict=no`: why not.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    verdict: Which events: those that fired a trigger (fired), none (no), held one back, failed or wait
    """
    return Call(
        operation="workflows_decisions",
        method="GET",
        path=filled("/api/v1/workflows/{workflow_id}/decisions/", workflow_id=workflow_id),
        answers={200: m.EventDecisionPage},
        query={"cursor": cursor, "limit": limit, "verdict": verdict},
    )


def workflows_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Delete a workflow that never ran. Any other is archived (409 says so)."""
    return Call(
        operation="workflows_destroy",
        method="DELETE",
        path=filled("/api/v1/workflows/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def workflows_duplicate(
    id: Named, *, name: str | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.WorkflowResponse]:
    """A new draft that says the same, under a name of its own.

    name: Empty: that of the workflow with "(copy)"
    """
    return Call(
        operation="workflows_duplicate",
        method="POST",
        path=filled("/api/v1/workflows/{id}/duplicate/", id=id),
        answers={201: m.WorkflowResponse},
        body=given({"name": name}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_execute(
    id: Named, *, data: dict[str, Any] | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.StartedResponse]:
    """Start a run by hand, of an active workflow with any trigger; no conditions are asked. With an idempotency
    key there is one run: sent again, it is answered (200) with the first.

    data: The data of its event; it fits the `input` of its manual trigger, if it has one
    """
    return Call(
        operation="workflows_execute",
        method="POST",
        path=filled("/api/v1/workflows/{id}/execute/", id=id),
        answers={200: m.StartedResponse, 202: m.StartedResponse},
        body=given({"data": data}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_explain(
    workflow_id: Named,
    *,
    event: str | m.EventRequest,
    draft: bool | Unset = UNSET,
    trigger: str | Unset = UNSET,
    at: dt.datetime | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.DecisionListing]:
    """Why it started for an event that came, or what it would do with one that may come.

    event: The id of an event, or an event in short form
    draft: Ask the draft and not what is, or was, active
    trigger: Of a new event: the key of the trigger that it is for, as from its own webhook or schedule
    at: The instant that `now` and `time` are read at; default: now
    """
    return Call(
        operation="workflows_explain",
        method="POST",
        path=filled("/api/v1/workflows/{workflow_id}/explain/", workflow_id=workflow_id),
        answers={200: m.DecisionListing},
        body=given({"event": event, "draft": draft, "trigger": trigger, "at": at}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_export(
    id: Named, *, as_: Literal["definition", "react_flow", "yaml"] | None = None
) -> Call[m.ExportResponse | str]:
    """The draft as a document: created again, and exported again, it is the same to the byte. As YAML, too, for
    who says so in `as`, or in `Accept`.

    as_: The definition as JSON (the default) or as YAML, or drawn for React Flow
    """
    return Call(
        operation="workflows_export",
        method="GET",
        path=filled("/api/v1/workflows/{id}/export/", id=id),
        answers={200: m.ExportResponse},
        query={"as": as_},
        form=Form.SAID,
    )


def workflows_import(
    *,
    dry_run: bool | None = None,
    on_conflict: Literal["refuse", "rename", "keep", "replace"] | None = None,
    documents: list[dict[str, Any]],
    if_match: str | None = None,
    idempotency_key: str | None = None,
) -> Call[m.ImportResponse]:
    """Make drafts of definitions: one as JSON, or a YAML stream of several; all of them or none. Each says what
    became of it, what keeps it from being published, and what it names that this workspace lacks.

    dry_run: Say what would happen, and do nothing
    on_conflict: What becomes of a workflow whose name is taken by one that says something else: `replace` makes
        it the draft of that one, `keep` leaves that one as it is
    documents: 1 to 100 definitions
    """
    return Call(
        operation="workflows_import",
        method="POST",
        path=filled("/api/v1/workflows/import/"),
        answers={200: m.ImportResponse},
        query={"dry_run": dry_run, "on_conflict": on_conflict},
        body=given({"documents": documents}),
        is_keyed=True,
        idempotency_key=idempotency_key,
        if_match=if_match,
    )


def workflows_list(
    *,
    cursor: str | None = None,
    limit: int | None = None,
    q: str | None = None,
    status: Literal["draft", "active", "paused", "archived"] | None = None,
) -> Call[m.WorkflowPage]:
    """The newest workflows first; archived ones only where they are asked for.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    q: A part of the name, or of the description
    status: Its status
    """
    return Call(
        operation="workflows_list",
        method="GET",
        path=filled("/api/v1/workflows/"),
        answers={200: m.WorkflowPage},
        query={"cursor": cursor, "limit": limit, "q": q, "status": status},
    )


def workflows_partial_update(
    id: Named,
    *,
    name: str | Unset | None = UNSET,
    description: str | Unset | None = UNSET,
    definition: dict[str, Any] | Unset = UNSET,
    revision: int | Unset | None = UNSET,
    if_match: str | None = None,
) -> Call[m.WorkflowResponse]:
    """Change what is given: the name, the description, or parts of the draft, by a JSON merge patch.

    definition: A JSON merge patch (RFC 7396) of the draft: objects are merged, null takes a part away, a list
        is replaced as a whole
    revision: The revision that the change begins with; 412 if there is another by now. Like `If-Match`
    """
    return Call(
        operation="workflows_partial_update",
        method="PATCH",
        path=filled("/api/v1/workflows/{id}/", id=id),
        answers={200: m.WorkflowResponse},
        body=given({"name": name, "description": description, "definition": definition, "revision": revision}),
        row=id,
        if_match=if_match,
    )


def workflows_pause(id: Named, *, idempotency_key: str | None = None) -> Call[m.WorkflowResponse]:
    """Let an active workflow start no more runs. Those that run go on."""
    return Call(
        operation="workflows_pause",
        method="POST",
        path=filled("/api/v1/workflows/{id}/pause/", id=id),
        answers={200: m.WorkflowResponse},
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_promote(
    workflow_id: Named,
    *,
    x_target_key: str | None = None,
    to: str,
    version: int | Literal["active"] | Unset = UNSET,
    mapping: m.Mapped | Unset = UNSET,
    dry_run: bool | Unset = UNSET,
    publish: bool | Unset = UNSET,
    revision: int | Unset | None = UNSET,
    reason: str | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.PromotionResponse]:
    """Make a published version the draft of the workflow of its name in another workspace, or its active version
    there. Both need the role editor. With `dry_run`, what differs, what is missing there, and no change.

    x_target_key: A key of the other workspace, beside the one that calls; people who are signed in need none,
        since they are members there
    to: The slug of the other workspace
    version: The number of a version, or `active`
    mapping: Names, each with the one that it becomes there
    dry_run: Say what would happen, and do nothing
    publish: Make it the active version there, if nothing is missing for it
    revision: Of the workflow there, as the preview showed it; 412 if there is another by now
    reason: Why; kept in the audit of both workspaces
    """
    return Call(
        operation="workflows_promote",
        method="POST",
        path=filled("/api/v1/workflows/{workflow_id}/promote/", workflow_id=workflow_id),
        answers={200: m.PromotionResponse},
        headers={"X-Target-Key": x_target_key},
        body=given(
            {
                "to": to,
                "version": version,
                "mapping": mapping,
                "dry_run": dry_run,
                "publish": publish,
                "revision": revision,
                "reason": reason,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_publish(
    id: Named,
    *,
    reason: str | Unset = UNSET,
    runs: m.RunsPolicy | Unset | None = UNSET,
    run_ids: list[UUID] | Unset | None = UNSET,
    matched: int | Unset | None = UNSET,
    revision: int | Unset | None = UNSET,
    skip_tests: bool | Unset = UNSET,
    if_match: str | None = None,
    idempotency_key: str | None = None,
) -> Call[m.PublishedResponse]:
    """Make the draft the active version, or say everything that is wrong with it and its tests. `runs` says what
    becomes of those that go on; they are moved one after the other by the `repair` of the answer.

    reason: Why; kept with the version
    runs: Runs that go on: `pin` to their version, `follow` where they can, `migrate` those chosen; null: what
        the definition says (`settings.on_publish`)
    run_ids: Of `migrate`: these alone
    matched: Of `migrate` without `run_ids`: the `matched` of the preview
    revision: The revision that the change begins with; 412 if there is another by now. Like `If-Match`
    skip_tests: Publish without running the workflow's tests; needs a reason
    """
    return Call(
        operation="workflows_publish",
        method="POST",
        path=filled("/api/v1/workflows/{id}/publish/", id=id),
        answers={200: m.PublishedResponse},
        body=given(
            {
                "reason": reason,
                "runs": runs,
                "run_ids": run_ids,
                "matched": matched,
                "revision": revision,
                "skip_tests": skip_tests,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
        row=id,
        if_match=if_match,
    )


def workflows_publish_preview(
    id: Named,
    *,
    reason: str | Unset = UNSET,
    runs: m.RunsPolicy | Unset | None = UNSET,
    run_ids: list[UUID] | Unset | None = UNSET,
    matched: int | Unset | None = UNSET,
    revision: int | Unset | None = UNSET,
    skip_tests: bool | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.MovePreviewResponse]:
    """What publishing would do to the runs that go on: which would go by the new version, which stay, and why.

    reason: Why; kept with the version
    runs: Runs that go on: `pin` to their version, `follow` where they can, `migrate` those chosen; null: what
        the definition says (`settings.on_publish`)
    run_ids: Of `migrate`: these alone
    matched: Of `migrate` without `run_ids`: the `matched` of the preview
    revision: The revision that the change begins with; 412 if there is another by now. Like `If-Match`
    skip_tests: Publish without running the workflow's tests; needs a reason
    """
    return Call(
        operation="workflows_publish_preview",
        method="POST",
        path=filled("/api/v1/workflows/{id}/publish/preview/", id=id),
        answers={200: m.MovePreviewResponse},
        body=given(
            {
                "reason": reason,
                "runs": runs,
                "run_ids": run_ids,
                "matched": matched,
                "revision": revision,
                "skip_tests": skip_tests,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_restore(
    id: Named, *, reason: str | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.WorkflowResponse]:
    """Bring an archived workflow back, paused until `resume/`. One that was never published is a draft."""
    return Call(
        operation="workflows_restore",
        method="POST",
        path=filled("/api/v1/workflows/{id}/restore/", id=id),
        answers={200: m.WorkflowResponse},
        body=given({"reason": reason}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_resume(id: Named, *, idempotency_key: str | None = None) -> Call[m.WorkflowResponse]:
    """Let a paused workflow listen again, with the version that was active, and close its circuit breaker."""
    return Call(
        operation="workflows_resume",
        method="POST",
        path=filled("/api/v1/workflows/{id}/resume/", id=id),
        answers={200: m.WorkflowResponse},
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_retrieve(id: Named) -> Call[m.WorkflowResponse]:
    """One workflow with its draft. Its `ETag` is for `If-Match` of a change, and `If-None-Match` of this."""
    return Call(
        operation="workflows_retrieve",
        method="GET",
        path=filled("/api/v1/workflows/{id}/", id=id),
        answers={200: m.WorkflowResponse},
    )


def workflows_rollback(
    id: Named,
    *,
    version: int,
    reason: str | Unset = UNSET,
    runs: m.RunsPolicy | Unset | None = UNSET,
    run_ids: list[UUID] | Unset | None = UNSET,
    matched: int | Unset | None = UNSET,
    revision: int | Unset | None = UNSET,
    draft: bool | Unset = UNSET,
    if_match: str | None = None,
    idempotency_key: str | None = None,
) -> Call[m.PublishedResponse]:
    """Make an earlier version the active one again, or say everything that keeps it from that by now; its kept
    tests are not run. The draft stays, unless `draft` is true. `runs` as for `publish/`.

    version: The number of an earlier version
    reason: Why; kept with the version
    runs: Runs that go on: `pin` to their version, `follow` where they can, `migrate` those chosen; null: what
        the definition says (`settings.on_publish`)
    run_ids: Of `migrate`: these alone
    matched: Of `migrate` without `run_ids`: the `matched` of the preview
    revision: The revision that the change begins with; 412 if there is another by now. Like `If-Match`
    draft: Whether the draft says again what the version says, too
    """
    return Call(
        operation="workflows_rollback",
        method="POST",
        path=filled("/api/v1/workflows/{id}/rollback/", id=id),
        answers={200: m.PublishedResponse},
        body=given(
            {
                "version": version,
                "reason": reason,
                "runs": runs,
                "run_ids": run_ids,
                "matched": matched,
                "revision": revision,
                "draft": draft,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
        row=id,
        if_match=if_match,
    )


def workflows_rollback_preview(
    id: Named,
    *,
    version: int,
    reason: str | Unset = UNSET,
    runs: m.RunsPolicy | Unset | None = UNSET,
    run_ids: list[UUID] | Unset | None = UNSET,
    matched: int | Unset | None = UNSET,
    revision: int | Unset | None = UNSET,
    draft: bool | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.MovePreviewResponse]:
    """What going back would do to the runs that go on, as `publish/preview/` says it.

    version: The number of an earlier version
    reason: Why; kept with the version
    runs: Runs that go on: `pin` to their version, `follow` where they can, `migrate` those chosen; null: what
        the definition says (`settings.on_publish`)
    run_ids: Of `migrate`: these alone
    matched: Of `migrate` without `run_ids`: the `matched` of the preview
    revision: The revision that the change begins with; 412 if there is another by now. Like `If-Match`
    draft: Whether the draft says again what the version says, too
    """
    return Call(
        operation="workflows_rollback_preview",
        method="POST",
        path=filled("/api/v1/workflows/{id}/rollback/preview/", id=id),
        answers={200: m.MovePreviewResponse},
        body=given(
            {
                "version": version,
                "reason": reason,
                "runs": runs,
                "run_ids": run_ids,
                "matched": matched,
                "revision": revision,
                "draft": draft,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_runs(
    id: Named,
    *,
    cursor: str | None = None,
    event: str | None = None,
    held: bool | None = None,
    limit: int | None = None,
    since: dt.datetime | None = None,
    status: Literal["queued", "running", "waiting", "completed", "failed", "cancelled", "needs_decision"] | None = None,
    until: dt.datetime | None = None,
) -> Call[m.RunPage]:
    """The newest runs of a workflow first.

    cursor: From `next` or `previous` of another page
    event: The event that started it: our `uid`, or the sender's `id`
    held: Whether it may not start yet
    limit: Rows of a page
    since: Begun at this time or later; ISO 8601
    status: The run's status
    until: Begun before this time
    """
    return Call(
        operation="workflows_runs",
        method="GET",
        path=filled("/api/v1/workflows/{id}/runs/", id=id),
        answers={200: m.RunPage},
        query={
            "cursor": cursor,
            "event": event,
            "held": held,
            "limit": limit,
            "since": since,
            "status": status,
            "until": until,
        },
    )


def workflows_stats(
    workflow_id: Named, *, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> Call[m.StatsResponse]:
    """What it saw, started and used up in a period, and how long its runs took.

    since: From then on; default: 30 days earlier
    until: Before then; default: now
    """
    return Call(
        operation="workflows_stats",
        method="GET",
        path=filled("/api/v1/workflows/{workflow_id}/stats/", workflow_id=workflow_id),
        answers={200: m.StatsResponse},
        query={"since": since, "until": until},
    )


def workflows_template(workflow_id: Named) -> Call[m.OriginDetail]:
    """What it was made of, and what became of that since; 404 for a workflow that was made of no template."""
    return Call(
        operation="workflows_template",
        method="GET",
        path=filled("/api/v1/workflows/{workflow_id}/template/", workflow_id=workflow_id),
        answers={200: m.OriginDetail},
    )


def workflows_test(
    workflow_id: Named,
    *,
    pins: dict[str, Any] | Unset = UNSET,
    answers: dict[str, Any] | Unset = UNSET,
    event: m.EventRequest | Unset | None = UNSET,
    event_id: str | Unset = UNSET,
    run_id: str | Unset = UNSET,
    version: int | Literal["draft"] | Unset = UNSET,
    definition: dict[str, Any] | Unset | None = UNSET,
    trigger: str | Unset = UNSET,
    until: str | Unset = UNSET,
    steps: int | Unset | None = UNSET,
    now: dt.datetime | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.TestResponse]:
    """What each action would do, in order. Nothing is sent or stored: actions that do something outside answer
    from `pins`, from the past run, or from a sample.

    pins: What actions come to without being performed, by id, or `id[3]` for one item of a loop: an output, or
        {"error": {"code", "message", "is_retryable"}}
    answers: What waits are answered: {"decision": "approved"}, {"event": {"type", "data"}} or "timeout"
    event: An event as it could come
    event_id: The id of an event that came
    run_id: A past run of the workflow: its event, its actions' outputs
    version: The number of a version, or the draft
    definition: In the place of the draft: one that is not saved
    trigger: The key of the trigger that the event is for
    until: The last action that has its turn
    steps: How many turns there are; the answer says what is next
    now: When it begins, by its own clock; default: now, or when the past run did
    """
    return Call(
        operation="workflows_test",
        method="POST",
        path=filled("/api/v1/workflows/{workflow_id}/test/", workflow_id=workflow_id),
        answers={200: m.TestResponse},
        body=given(
            {
                "pins": pins,
                "answers": answers,
                "event": event,
                "event_id": event_id,
                "run_id": run_id,
                "version": version,
                "definition": definition,
                "trigger": trigger,
                "until": until,
                "steps": steps,
                "now": now,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflows_update(
    id: Named,
    *,
    definition: dict[str, Any],
    name: str | Unset = UNSET,
    revision: int | Unset | None = UNSET,
    if_match: str | None = None,
) -> Call[m.WorkflowResponse]:
    """Replace the draft. What is active goes on unchanged until the draft is published. With `If-Match` or
    `revision`, 412 where somebody changed it meanwhile; without, the last one who writes wins.

    definition: See docs/definition.md. As YAML, and as JSON where it has `actions` or `nodes` on top, the
        definition is the whole body
    revision: The revision that the change begins with; 412 if there is another by now. Like `If-Match`
    """
    return Call(
        operation="workflows_update",
        method="PUT",
        path=filled("/api/v1/workflows/{id}/", id=id),
        answers={200: m.WorkflowResponse},
        body=given({"definition": definition, "name": name, "revision": revision}),
        row=id,
        if_match=if_match,
    )


def workflows_version(workflow_id: Named, id: Named) -> Call[m.VersionDetail]:
    """One version by its number, with its definition."""
    return Call(
        operation="workflows_version",
        method="GET",
        path=filled("/api/v1/workflows/{workflow_id}/versions/{id}/", workflow_id=workflow_id, id=id),
        answers={200: m.VersionDetail},
    )


def workflows_version_diff(workflow_id: Named, id: Named, *, against: str | None = None) -> Call[m.DiffResponse]:
    """What changed from `against` to this version, by what it means. `draft` and `active` are versions here, too.
    Secrets are not shown.

    against: A number, `draft`, `active`, or `previous`: the version before it
    """
    return Call(
        operation="workflows_version_diff",
        method="GET",
        path=filled("/api/v1/workflows/{workflow_id}/versions/{id}/diff/", workflow_id=workflow_id, id=id),
        answers={200: m.DiffResponse},
        query={"against": against},
    )


def workflows_versions(
    workflow_id: Named, *, cursor: str | None = None, limit: int | None = None
) -> Call[m.VersionPage]:
    """The newest versions first, each with how many of its runs go on.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    """
    return Call(
        operation="workflows_versions",
        method="GET",
        path=filled("/api/v1/workflows/{workflow_id}/versions/", workflow_id=workflow_id),
        answers={200: m.VersionPage},
        query={"cursor": cursor, "limit": limit},
    )


class Workflows(binding.Resource):
    """What can be done with workflows."""

    archive = binding.called(workflows_archive)
    backtest = binding.called(workflows_backtest)
    create = binding.called(workflows_create)
    decisions = binding.paged(workflows_decisions)
    destroy = binding.called(workflows_destroy)
    duplicate = binding.called(workflows_duplicate)
    execute = binding.called(workflows_execute)
    explain = binding.called(workflows_explain)
    export = binding.called(workflows_export)
    import_ = binding.called(workflows_import)
    list = binding.paged(workflows_list)
    partial_update = binding.called(workflows_partial_update)
    pause = binding.called(workflows_pause)
    promote = binding.called(workflows_promote)
    publish = binding.called(workflows_publish)
    publish_preview = binding.called(workflows_publish_preview)
    restore = binding.called(workflows_restore)
    resume = binding.called(workflows_resume)
    retrieve = binding.called(workflows_retrieve)
    rollback = binding.called(workflows_rollback)
    rollback_preview = binding.called(workflows_rollback_preview)
    runs = binding.paged(workflows_runs)
    stats = binding.called(workflows_stats)
    template = binding.called(workflows_template)
    test = binding.called(workflows_test)
    update = binding.called(workflows_update)
    version = binding.called(workflows_version)
    version_diff = binding.called(workflows_version_diff)
    versions = binding.paged(workflows_versions)


class AsyncWorkflows(binding.AsyncResource):
    """Calls that are awaited."""

    archive = binding.awaited(workflows_archive)
    backtest = binding.awaited(workflows_backtest)
    create = binding.awaited(workflows_create)
    decisions = binding.awaited_pages(workflows_decisions)
    destroy = binding.awaited(workflows_destroy)
    duplicate = binding.awaited(workflows_duplicate)
    execute = binding.awaited(workflows_execute)
    explain = binding.awaited(workflows_explain)
    export = binding.awaited(workflows_export)
    import_ = binding.awaited(workflows_import)
    list = binding.awaited_pages(workflows_list)
    partial_update = binding.awaited(workflows_partial_update)
    pause = binding.awaited(workflows_pause)
    promote = binding.awaited(workflows_promote)
    publish = binding.awaited(workflows_publish)
    publish_preview = binding.awaited(workflows_publish_preview)
    restore = binding.awaited(workflows_restore)
    resume = binding.awaited(workflows_resume)
    retrieve = binding.awaited(workflows_retrieve)
    rollback = binding.awaited(workflows_rollback)
    rollback_preview = binding.awaited(workflows_rollback_preview)
    runs = binding.awaited_pages(workflows_runs)
    stats = binding.awaited(workflows_stats)
    template = binding.awaited(workflows_template)
    test = binding.awaited(workflows_test)
    update = binding.awaited(workflows_update)
    version = binding.awaited(workflows_version)
    version_diff = binding.awaited(workflows_version_diff)
    versions = binding.awaited_pages(workflows_versions)
