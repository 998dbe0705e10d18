"""`client.runs`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal
from uuid import UUID

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Form, Named, Unset, filled, given
from sequitur_client.generated import models as m


def workflow_runs_actions(id: Named, *, cursor: str | None = None, limit: int | None = None) -> Call[m.ActionPage]:
    """All actions of a run, however many: the detail has the first 500 of them.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    """
    return Call(
        operation="workflow_runs_actions",
        method="GET",
        path=filled("/api/v1/workflow-runs/{id}/actions/", id=id),
        answers={200: m.ActionPage},
        query={"cursor": cursor, "limit": limit},
    )


def workflow_runs_bulk(
    *,
    operation: str,
    filter: m.RunFilter,
    options: dict[str, Any] | Unset = UNSET,
    reason: str | Unset = UNSET,
    per_second: float | Unset = UNSET,
    max_errors: int | Unset = UNSET,
    preview: bool | Unset = UNSET,
    expected: int | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.BulkPreviewResponse | m.RepairResponse]:
    """Cancel, retry, replay or move the runs that a filter finds. With `preview`, say what that would do; without,
    `expected` has to say how many they are, give or take a twentieth. Sent again with its key, it is one
    repair.

    operation: What is done to each
    options: How: of the operation, see docs/bulk-repair.md
    reason: Why; kept with each of them
    per_second: The pace, of all workers together
    max_errors: With so many failures it stops
    preview: Say what would happen, and do nothing
    expected: The `matched` of the preview; needed to have it done
    """
    return Call(
        operation="workflow_runs_bulk",
        method="POST",
        path=filled("/api/v1/workflow-runs/bulk/"),
        answers={200: m.BulkPreviewResponse, 202: m.RepairResponse},
        body=given(
            {
                "operation": operation,
                "filter": filter,
                "options": options,
                "reason": reason,
                "per_second": per_second,
                "max_errors": max_errors,
                "preview": preview,
                "expected": expected,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflow_runs_cancel(
    id: Named, *, mode: m.CancelMode | Unset = UNSET, comment: str | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.RunResponse]:
    """Start nothing more of a run, and cancel what waits; what runs at the moment is let end, or interrupted.

    mode: cooperative: what runs is let end; immediate: it is interrupted
    comment: What is said with it
    """
    return Call(
        operation="workflow_runs_cancel",
        method="POST",
        path=filled("/api/v1/workflow-runs/{id}/cancel/", id=id),
        answers={200: m.RunResponse},
        body=given({"mode": mode, "comment": comment}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflow_runs_decide(
    id: Named, action_run_id: Named, *, decision: str, comment: str | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.RunResponse]:
    """Approve or reject what waits for it, or say what becomes of an action of which nobody knows the outcome.

    decision: One of the `choices` of the action's `waiting_for`: approved or rejected; where the outcome is
        unknown, confirm (it was done), resend (do it again, with the same idempotency key) or skip (it, and
        what needs it)
    comment: What is said with it
    """
    return Call(
        operation="workflow_runs_decide",
        method="POST",
        path=filled("/api/v1/workflow-runs/{id}/actions/{action_run_id}/decide/", id=id, action_run_id=action_run_id),
        answers={200: m.RunResponse},
        body=given({"decision": decision, "comment": comment}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflow_runs_list(
    *,
    cause: UUID | None = None,
    cursor: str | None = None,
    event: str | None = None,
    held: bool | None = None,
    limit: int | None = None,
    parent: UUID | None = None,
    replay_of: UUID | None = None,
    root: UUID | None = None,
    since: dt.datetime | None = None,
    status: Literal["queued", "running", "waiting", "completed", "failed", "cancelled", "needs_decision"] | None = None,
    until: dt.datetime | None = None,
    workflow: str | None = None,
) -> Call[m.RunPage]:
    """The newest runs of the workspace first.

    cause: The run whose failure it handles
    cursor: From `next` or `previous` of another page
    event: The event that started it: our `uid`, or the sender's `id`
    held: Whether it may not start yet
    limit: Rows of a page
    parent: The run whose actions started it
    replay_of: The run that it does again
    root: The event that all began with, our `uid`: its own runs, and theirs
    since: Begun at this time or later; ISO 8601
    status: The run's status
    until: Begun before this time
    workflow: The workflow's id or slug
    """
    return Call(
        operation="workflow_runs_list",
        method="GET",
        path=filled("/api/v1/workflow-runs/"),
        answers={200: m.RunPage},
        query={
            "cause": cause,
            "cursor": cursor,
            "event": event,
            "held": held,
            "limit": limit,
            "parent": parent,
            "replay_of": replay_of,
            "root": root,
            "since": since,
            "status": status,
            "until": until,
            "workflow": workflow,
        },
    )


def workflow_runs_replay(
    id: Named,
    *,
    preview: bool | None = None,
    from_action: str | Unset | None = UNSET,
    version: m.ReplayVersion | Unset = UNSET,
    reason: str | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.ReplayResponse | m.ReplayedResponse]:
    """Do a run again as a new one, from the start or from an action on. With an idempotency key there is one
    replay: sent again, it is answered (200) with the first.

    preview: Only tell what would happen outside
    from_action: The key of the action; what it does not lead to is taken over. Default: all
    version: That of the run, or the active one
    reason: Why
    """
    return Call(
        operation="workflow_runs_replay",
        method="POST",
        path=filled("/api/v1/workflow-runs/{id}/replay/", id=id),
        answers={200: m.ReplayResponse, 202: m.ReplayedResponse},
        query={"preview": preview},
        body=given({"from_action": from_action, "version": version, "reason": reason}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflow_runs_replay_notification(
    run_id: Named, id: Named, *, idempotency_key: str | None = None
) -> Call[m.NotificationResponse]:
    """Send one again, to the same address and in the same words, by itself. The old one stays as it is."""
    return Call(
        operation="workflow_runs_replay_notification",
        method="POST",
        path=filled("/api/v1/workflow-runs/{run_id}/notifications/{id}/replay/", run_id=run_id, id=id),
        answers={202: m.NotificationResponse},
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflow_runs_retrieve(id: Named) -> Call[m.RunResponse]:
    """One run: its event, its actions in order, and every attempt."""
    return Call(
        operation="workflow_runs_retrieve",
        method="GET",
        path=filled("/api/v1/workflow-runs/{id}/", id=id),
        answers={200: m.RunResponse},
    )


def workflow_runs_retry(
    id: Named, *, preview: bool | None = None, reason: str | Unset = UNSET, idempotency_key: str | None = None
) -> Call[m.RepairedResponse]:
    """Try what failed in a run again, in the same run and with the same idempotency keys.

    preview: Only tell what would happen outside
    reason: Why
    """
    return Call(
        operation="workflow_runs_retry",
        method="POST",
        path=filled("/api/v1/workflow-runs/{id}/retry/", id=id),
        answers={200: m.RepairedResponse},
        query={"preview": preview},
        body=given({"reason": reason}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflow_runs_retry_action(
    id: Named,
    action_run_id: Named,
    *,
    preview: bool | None = None,
    reason: str | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.RepairedResponse]:
    """Try one failed action again, or one that waits for its next try now.

    preview: Only tell what would happen outside
    reason: Why
    """
    return Call(
        operation="workflow_runs_retry_action",
        method="POST",
        path=filled("/api/v1/workflow-runs/{id}/actions/{action_run_id}/retry/", id=id, action_run_id=action_run_id),
        answers={200: m.RepairedResponse},
        query={"preview": preview},
        body=given({"reason": reason}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflow_runs_skip_action(
    id: Named,
    action_run_id: Named,
    *,
    preview: bool | None = None,
    reason: str,
    output: dict[str, Any] | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.RepairedResponse]:
    """Leave one action out: what needs it goes on, with a substitute for its output.

    preview: Only tell what would happen outside
    reason: Why
    output: What later actions read in the place of its output; default: {}
    """
    return Call(
        operation="workflow_runs_skip_action",
        method="POST",
        path=filled("/api/v1/workflow-runs/{id}/actions/{action_run_id}/skip/", id=id, action_run_id=action_run_id),
        answers={200: m.RepairedResponse},
        query={"preview": preview},
        body=given({"reason": reason, "output": output}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflow_runs_stream(
    run_id: Named, *, last_event_id: str | None = None, workspace: str | None = None
) -> Call[Iterator[binding.StreamEvent]]:
    """The state of a run and of its actions, and every change of them, until it has ended.

    last_event_id: The last `id` that was told; browsers send it
    workspace: The slug of the workspace, for a session
    """
    return Call(
        operation="workflow_runs_stream",
        method="GET",
        path=filled("/api/v1/workflow-runs/{run_id}/stream/", run_id=run_id),
        answers={200: str, 204: None},
        query={"workspace": workspace},
        headers={"Last-Event-ID": last_event_id},
        form=Form.EVENTS,
    )


class Runs(binding.Resource):
    """What can be done with runs."""

    actions = binding.paged(workflow_runs_actions)
    bulk = binding.called(workflow_runs_bulk)
    cancel = binding.called(workflow_runs_cancel)
    decide = binding.called(workflow_runs_decide)
    list = binding.paged(workflow_runs_list)
    replay = binding.called(workflow_runs_replay)
    replay_notification = binding.called(workflow_runs_replay_notification)
    retrieve = binding.called(workflow_runs_retrieve)
    retry = binding.called(workflow_runs_retry)
    retry_action = binding.called(workflow_runs_retry_action)
    skip_action = binding.called(workflow_runs_skip_action)
    stream = binding.streamed(workflow_runs_stream)


class AsyncRuns(binding.AsyncResource):
    """Calls that are awaited."""

    actions = binding.awaited_pages(workflow_runs_actions)
    bulk = binding.awaited(workflow_runs_bulk)
    cancel = binding.awaited(workflow_runs_cancel)
    decide = binding.awaited(workflow_runs_decide)
    list = binding.awaited_pages(workflow_runs_list)
    replay = binding.awaited(workflow_runs_replay)
    replay_notification = binding.awaited(workflow_runs_replay_notification)
    retrieve = binding.awaited(workflow_runs_retrieve)
    retry = binding.awaited(workflow_runs_retry)
    retry_action = binding.awaited(workflow_runs_retry_action)
    skip_action = binding.awaited(workflow_runs_skip_action)
    stream = binding.awaited_stream(workflow_runs_stream)
