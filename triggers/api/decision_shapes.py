"""What the API gives about decisions: what became of an event at each trigger, and why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from core.api.shapes import Page
from triggers.services import explaining
from triggers.services.explaining import Account


class WorkflowName(BaseModel):
    """Whose trigger it is."""

    id: UUID
    name: str


class TriggerName(BaseModel):
    """Which of its triggers."""

    id: UUID | None
    key: str
    type: str


class DecisionResponse(BaseModel):
    """What became of an event at one trigger.

    `explanation` is the tree of all predicates with what was expected and what was there; `would_fire_if` the smallest
    change of fields that would have made it fire, null when none is known.
    """

    workflow: WorkflowName
    version: int | None
    trigger: TriggerName
    verdict: str = Field(description="fired, not_matched, suppressed, failed, not_listening or pending")
    code: str = Field(description="A stable word for why it was held back, or waits: loop, debounce, ...; else empty")
    reason: str
    until: datetime | None = Field(description="When the reason is gone, or what is pending is decided")
    run: UUID | None = Field(description="The run that it started, or was left out of, by itself or with others")
    explanation: dict[str, Any] | None
    would_fire_if: list[dict[str, Any]] | None


class DecisionPage(Page[DecisionResponse]):
    """What became of an event, the youngest subscriptions first."""


def decision(account: Account) -> DecisionResponse:
    return DecisionResponse(**fields(account))


def fields(account: Account) -> dict[str, Any]:
    trigger = account.trigger
    return {
        "workflow": WorkflowName(id=trigger.workflow_id, name=trigger.workflow.name),
        "version": account.version,
        "trigger": TriggerName(id=trigger.pk, key=trigger.key, type=trigger.type),
        "verdict": account.verdict,
        "code": account.code,
        "reason": account.reason,
        "until": account.until,
        "run": account.run_id,
        **explaining.to_json(account),
    }
