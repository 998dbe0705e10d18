"""What the API takes and gives about triggers."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from core.api.queries import ListQuery
from core.api.shapes import Page
from triggers.models import Hook, QueryWatch, Trigger
from triggers.selectors import triggers
from triggers.types import webhook


class TriggerQuery(ListQuery):
    """Which triggers a list shows."""

    workflow: str | None = Field(None, description="Id or slug of the workflow")
    type: str | None = Field(None, description="The trigger type")
    is_active: bool | None = Field(None, description="Whether it listens: true or false")
    q: str | None = Field(None, max_length=200, description="A part of the name of its workflow, or of its key")


class TriggerWorkflow(BaseModel):
    """The workflow that it starts."""

    id: str
    name: str


class WebhookStatistics(BaseModel):
    """What arrived at the URL of a webhook. `last_refusal` says why; senders are not told."""

    last_received_at: datetime | None
    accepted: int
    duplicates: int
    refused: int
    last_refused_at: datetime | None
    last_refusal: str
    rotated_at: datetime | None


class TriggerStatistics(BaseModel):
    """What became of the events that it has seen: those of its type and those for it alone, while it listened.

    `matched` is what it fired on or would have, had it not been held back (`suppressed`) or did it not wait
    for others (`pending`).
    """

    seen: int
    matched: int
    fired: int
    suppressed: int
    failed: int
    pending: int
    last_fired_at: datetime | None


class WatchSaid(BaseModel):
    """An error of the query of a trigger, or a warning about its answer."""

    code: str
    message: str


class WatchResponse(BaseModel):
    """The query of a trigger of the type `sql`, or of a pattern of it. `next_run_at` is null while it is not asked.

    `rows` are those of the last answer, at `last_run_at`; with an `error`, the last of `failures` tries has none.
    """

    last_run_at: datetime | None
    next_run_at: datetime | None
    rows: int | None
    error: WatchSaid | None
    failures: int = Field(description="In a row, up to the last try")
    warnings: list[WatchSaid]


class TriggerResponse(BaseModel):
    """A trigger as it was published; one that waits to be published, as the draft has it (`is_published` is false).

    `draft` is what the draft of its workflow says of it, in canonical form: null where it was taken out of it. `url`
    and `webhook` are null but for webhooks; `url` for viewers, too. `watch` is null but for published SQL.
    """

    id: str
    key: str
    workflow: TriggerWorkflow
    type: str
    params: dict[str, Any]
    event_type: str
    filters: dict[str, Any]
    conditions: dict[str, Any] | None = Field(description="Its own, joined with those of its workflow")
    is_enabled: bool
    is_active: bool
    is_published: bool
    has_unpublished_changes: bool = Field(description="Whether the draft says something else of it")
    draft: dict[str, Any] | None
    statistics: TriggerStatistics
    url: str | None
    webhook: WebhookStatistics | None
    watch: WatchResponse | None


class TriggerPage(Page[TriggerResponse]):
    """Triggers, newest first."""


def trigger(row: Any, *, url: str | None, statistics: dict[str, Any]) -> TriggerResponse:
    """The answer about one of `triggers.selectors.triggers.listed`."""
    draft = triggers.part_of(row.drafted, row.key)
    is_published = row.version_id is not None and row.version_id == row.workflow.active_version_id
    published = triggers.part_of(row.published, row.key) if is_published else None
    return TriggerResponse(
        id=str(row.pk),
        key=row.key,
        workflow=TriggerWorkflow(id=str(row.workflow_id), name=row.workflow.name),
        **(_as_published(row) if is_published else _as_drafted(draft or {})),
        is_active=row.is_active,
        is_published=is_published,
        has_unpublished_changes=draft != published,
        draft=draft,
        statistics=TriggerStatistics(**statistics),
        url=url,
        webhook=_statistics(row.hook) if has_hook(row) else None,
        watch=_watch(row.watch) if hasattr(row, "watch") else None,
    )


def _as_published(row: Trigger) -> dict[str, Any]:
    names = ("type", "params", "event_type", "filters", "conditions", "is_enabled")
    return {name: getattr(row, name) for name in names}


def _as_drafted(part: dict[str, Any]) -> dict[str, Any]:
    """Drafts may be wrong: what is of another shape stands in `draft` alone."""
    objects = {name: found for name in ("params", "filters", "conditions") if isinstance(found := part.get(name), dict)}
    shown = {"params": {}, "filters": {}, "conditions": None, **objects}
    return {**shown, "type": str(part.get("type", "")), "event_type": "", "is_enabled": part.get("active") is not False}


def has_hook(row: Trigger) -> bool:
    """Whether requests may arrive for it; a trigger that was a webhook in an earlier version keeps its row."""
    return row.type == webhook.KEY and hasattr(row, "hook")


def _watch(watch: QueryWatch) -> WatchResponse:
    return WatchResponse(
        last_run_at=watch.last_run_at,
        next_run_at=watch.next_run_at,
        rows=watch.rows,
        error=WatchSaid(**watch.error) if watch.error else None,
        failures=watch.failures,
        warnings=[WatchSaid(**each) for each in watch.warnings],
    )


def _statistics(hook: Hook) -> WebhookStatistics:
    return WebhookStatistics(
        last_received_at=hook.last_received_at,
        accepted=hook.accepted,
        duplicates=hook.duplicates,
        refused=hook.refused,
        last_refused_at=hook.last_refused_at,
        last_refusal=hook.last_refusal,
        rotated_at=hook.rotated_at,
    )
