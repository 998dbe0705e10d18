"""`client.workflow_tests`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def workflow_tests_create(
    workflow_id: Named,
    *,
    name: str,
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
    expected: m.ExpectedRequest | Unset | None = UNSET,
    ignore: list[str] | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.KeptTestResponse]:
    """Keep a test: of a past run, or of an event with what it has to come to.

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
    expected: Default: what the test comes to now
    ignore: Paths in `expected` that may differ: /actions/*/output/id
    """
    return Call(
        operation="workflow_tests_create",
        method="POST",
        path=filled("/api/v1/workflows/{workflow_id}/tests/", workflow_id=workflow_id),
        answers={201: m.KeptTestResponse},
        body=given(
            {
                "name": name,
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
                "expected": expected,
                "ignore": ignore,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def workflow_tests_destroy(workflow_id: Named, id: Named, *, if_match: str | None = None) -> Call[None]:
    """Keep a test no longer."""
    return Call(
        operation="workflow_tests_destroy",
        method="DELETE",
        path=filled("/api/v1/workflows/{workflow_id}/tests/{id}/", workflow_id=workflow_id, id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def workflow_tests_list(
    workflow_id: Named, *, cursor: str | None = None, limit: int | None = None
) -> Call[m.KeptTestPage]:
    """The newest tests first.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    """
    return Call(
        operation="workflow_tests_list",
        method="GET",
        path=filled("/api/v1/workflows/{workflow_id}/tests/", workflow_id=workflow_id),
        answers={200: m.KeptTestPage},
        query={"cursor": cursor, "limit": limit},
    )


def workflow_tests_partial_update(
    workflow_id: Named,
    id: Named,
    *,
    name: str | Unset | None = UNSET,
    pins: dict[str, Any] | Unset | None = UNSET,
    answers: dict[str, Any] | Unset | None = UNSET,
    expected: m.ExpectedRequest | Unset | None = UNSET,
    ignore: list[str] | Unset | None = UNSET,
    if_match: str | None = None,
) -> Call[m.KeptTestResponse]:
    """Change what a test is called, given, or has to come to."""
    return Call(
        operation="workflow_tests_partial_update",
        method="PATCH",
        path=filled("/api/v1/workflows/{workflow_id}/tests/{id}/", workflow_id=workflow_id, id=id),
        answers={200: m.KeptTestResponse},
        body=given({"name": name, "pins": pins, "answers": answers, "expected": expected, "ignore": ignore}),
        row=id,
        if_match=if_match,
    )


def workflow_tests_retrieve(workflow_id: Named, id: Named) -> Call[m.KeptTestResponse]:
    """One test."""
    return Call(
        operation="workflow_tests_retrieve",
        method="GET",
        path=filled("/api/v1/workflows/{workflow_id}/tests/{id}/", workflow_id=workflow_id, id=id),
        answers={200: m.KeptTestResponse},
    )


def workflow_tests_run(
    workflow_id: Named,
    *,
    ids: list[str] | Unset | None = UNSET,
    version: int | Literal["draft"] | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.TestResultsResponse]:
    """Run all tests, or some, against the draft or a version. Nothing happens outside.

    ids: Default: all
    """
    return Call(
        operation="workflow_tests_run",
        method="POST",
        path=filled("/api/v1/workflows/{workflow_id}/tests/run/", workflow_id=workflow_id),
        answers={200: m.TestResultsResponse},
        body=given({"ids": ids, "version": version}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


class WorkflowTests(binding.Resource):
    """What can be done with workflow_tests."""

    create = binding.called(workflow_tests_create)
    destroy = binding.called(workflow_tests_destroy)
    list = binding.paged(workflow_tests_list)
    partial_update = binding.called(workflow_tests_partial_update)
    retrieve = binding.called(workflow_tests_retrieve)
    run = binding.called(workflow_tests_run)


class AsyncWorkflowTests(binding.AsyncResource):
    """Calls that are awaited."""

    create = binding.awaited(workflow_tests_create)
    destroy = binding.awaited(workflow_tests_destroy)
    list = binding.awaited_pages(workflow_tests_list)
    partial_update = binding.awaited(workflow_tests_partial_update)
    retrieve = binding.awaited(workflow_tests_retrieve)
    run = binding.awaited(workflow_tests_run)
