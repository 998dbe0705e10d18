"""`approval`: wait until somebody says yes or no."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field

from actions import mail, messages
from actions.base import ActionFailedError, ActionParams
from actions.registry import register
from core.expressions import instants
from workflows.definitions.part import MAX_SECONDS
from workflows.types.base import ControlType, Done, Json, Mail, Turn, Wait

TEMPLATE = "approval_request"
APPROVED, REJECTED, EXPIRED = "approved", "rejected", "expired"


class ApprovalParams(ActionParams):
    """What is asked, of whom, and how long."""

    message: str = Field(min_length=1, max_length=10_000, description="What is to be decided, for people.")
    title: str | None = Field(
        None, max_length=200, description="A line that says it; by default the name of the workflow."
    )
    to: mail.Mailboxes = Field([], description="Who is asked by e-mail: one address, or a list of them.")
    expires_seconds: float = Field(
        7 * 86_400, gt=0, le=MAX_SECONDS, description="After how many seconds it goes on at expired."
    )


class ApprovalOutput(BaseModel):
    """What was decided."""

    decision: str = Field(description="approved, rejected or expired.")
    comment: str = Field(description="What was said with it.")
    by: Any = Field(description="Who decided; null when it expired.")


class Approval(ControlType[ApprovalParams]):
    """Decided by `POST workflow-runs/{run}/actions/{action_run}/decide/`. A decision wins over the time that is up."""

    key = "approval"
    title = "Approval"
    description = "Ask people to approve or reject, and go on at what they decide."
    icon = "user-check"
    params_model = ApprovalParams
    output_model = ApprovalOutput
    is_instant = False  # it may send mail

    def ports(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        return (APPROVED, REJECTED, EXPIRED)

    def take(self, params: ApprovalParams, turn: Turn) -> Done | Wait:
        if turn.progress is None:
            return _asked(params, turn)
        if (decision := turn.progress.get("decision")) is not None:
            return _decided(decision)
        until = datetime.fromisoformat(turn.progress["until"])
        if turn.now >= until:
            return Done({"decision": EXPIRED, "comment": "", "by": None}, EXPIRED)
        return Wait(until, turn.progress)


def _asked(params: ApprovalParams, turn: Turn) -> Wait:
    until = (turn.now + timedelta(seconds=params.expires_seconds)).astimezone(UTC)
    asked = params.model_dump(include={"title", "message", "to"})
    mail_ = _mail(params, turn, until=until) if params.to else None
    return Wait(until, {"until": instants.write(until), **asked}, mail=mail_)


def _mail(params: ApprovalParams, turn: Turn, *, until: datetime) -> Mail:
    variables = {
        "message": params.message,
        "expires_at": instants.write(until),
        "run": {"id": str(turn.run_id)},
        "action_run": {"id": str(turn.action_run_id)},
        **({"title": params.title} if params.title else {}),
    }
    context = {"workflow": turn.scope.names.get("workflow", {})}
    message = messages.render(TEMPLATE, variables=variables, context=context)
    return Mail(tuple(params.to), message.subject, message.text)


def _decided(decision: Json) -> Done:
    port = decision["decision"]
    if port not in {APPROVED, REJECTED}:
        message = f"An approval is {APPROVED} or {REJECTED}; it cannot be decided by {port!r}."
        raise ActionFailedError("invalid_decision", message, is_retryable=False)
    return Done({"decision": port, "comment": decision.get("comment") or "", "by": decision.get("by")}, port)


register(Approval())
