"""Send one webhook by hand, so that people see how its receiver answers. Nothing of it is stored."""

from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import structlog

from actions import outbound
from actions.base import ActionFailedError
from actions.outbound import OutboundRequest
from actions.services import action_roles
from core import action_roles as limits
from core import signing
from core.errors import ForbiddenError, InvalidError, Problem
from core.ids import new_id
from core.models import Role
from core.redaction import Redactor

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 10.0
EXAMPLE = {"type": "webhook.test", "data": {"message": "This is a test of Sequitur."}}


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it went: a status and a response, or an error. Both are redacted."""

    duration_ms: int
    status: int | None = None
    response: dict[str, Any] | None = None
    error: dict[str, str] | None = None


def deliver(url: str, *, payload: Any, signing_secret: str | None, by: str, role: Role) -> Delivery:
    """Send it once, through the door and the rules of the workspace in scope, whatever is answered.

    Raises `InvalidError` for a signing secret that is none, and `ForbiddenError` where a workflow of this role may not
    use `send_webhook`.
    """
    if refusal := limits.refusal(action_roles.read(), "send_webhook", role):
        raise ForbiddenError(f"{refusal[:1].upper()}{refusal[1:]}.")
    redactor = Redactor([signing_secret] if signing_secret else [])
    webhook_id = f"test_{new_id()}"
    started_at = monotonic()
    try:
        body = outbound.json_bytes(payload)
        headers = {"content-type": "application/json", **_signed(body, secret=signing_secret, webhook_id=webhook_id)}
        request = OutboundRequest("POST", url, headers=headers, body=body, is_body_wanted=False)
        response = outbound.call(
            request, timeout_seconds=TIMEOUT_SECONDS, redactor=redactor, is_expected=lambda _status: True
        )
    except ActionFailedError as error:
        found = Delivery(_since(started_at), error={"code": error.code, "message": redactor.clean_text(error.message)})
    else:
        shown = redactor.clean(response.as_json(redactor))
        found = Delivery(response.duration_ms, status=response.status, response=shown)
    log.info("test delivery", by=by, status=found.status, error=found.error and found.error["code"])
    return found


def _signed(body: bytes, *, secret: str | None, webhook_id: str) -> dict[str, str]:
    if not secret:
        return {signing.ID_HEADER: webhook_id}
    try:
        return signing.sign(body, secret=secret, message_id=webhook_id, sent_at=datetime.now(UTC))
    except signing.SigningSecretError as error:
        problem = Problem("/signing_secret", error.code, error.detail)
        raise InvalidError("The test was not sent.", problems=[problem]) from None


def _since(started_at: float) -> int:
    return round((monotonic() - started_at) * 1000)
