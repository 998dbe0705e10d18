"""`client.stream`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from collections.abc import Iterator

from sequitur_client import binding
from sequitur_client.calls import Call, Form, filled


def stream(
    *,
    last_event_id: str | None = None,
    runs: str | None = None,
    topics: str | None = None,
    workflows: str | None = None,
    workspace: str | None = None,
) -> Call[Iterator[binding.StreamEvent]]:
    """What changes of some runs, of the runs of some workflows, or of the workspace: one stream for one browser.

    last_event_id: The last `id` that was told; browsers send it
    runs: Ids of runs, at most 50, by commas
    topics: Of the whole workspace: runs, workflows, dead_letters, dashboard
    workflows: Ids or slugs of workflows whose runs are watched, at most 20
    workspace: The slug of the workspace, for a session
    """
    return Call(
        operation="stream",
        method="GET",
        path=filled("/api/v1/stream/"),
        answers={200: str, 204: None},
        query={"runs": runs, "topics": topics, "workflows": workflows, "workspace": workspace},
        headers={"Last-Event-ID": last_event_id},
        form=Form.EVENTS,
    )


class Stream(binding.Resource):
    """What can be done with stream."""

    stream = binding.streamed(stream)


class AsyncStream(binding.AsyncResource):
    """Calls that are awaited."""

    stream = binding.awaited_stream(stream)
