"""Slack: `X-Slack-Signature: v0=<hex>`, HMAC-SHA256 over `v0:<timestamp>:<raw body>`; its challenge is answered."""

from collections.abc import Sequence
from typing import Any

from triggers.verification import proofs
from triggers.verification.base import Delivery, Refused, Rules, Scheme, Verdict, Verified
from triggers.verification.registry import register

SIGNATURE = "x-slack-signature"
TIMESTAMP = "x-slack-request-timestamp"
VERSION = "v0"


class Slack(Scheme):
    """Source: https://api.slack.com/authentication/verifying-requests-from-slack and /events/url_verification"""

    key = "slack"
    takes = frozenset({"tolerance_seconds"})

    def verify(self, delivery: Delivery, *, rules: Rules, secrets: Sequence[str]) -> Verdict:
        offered, timestamp = delivery.header(SIGNATURE), delivery.header(TIMESTAMP)
        if not offered:
            return Refused(f"the header {SIGNATURE} is missing")
        if why := proofs.why_not_now(timestamp, now=delivery.now, tolerance_seconds=rules.tolerance_seconds):
            return Refused(why)
        signed = f"{VERSION}:{timestamp}:".encode() + delivery.body
        expected = [f"{VERSION}={proofs.digest(signed, secret=secret)}" for secret in secrets]
        if not proofs.is_any([offered], of=expected):
            return Refused(proofs.NO_FIT)
        return Verified(proofs.text_in(delivery.body, "event_id"))

    def handshake(self, body: Any) -> dict[str, Any] | None:
        is_asked = isinstance(body, dict) and body.get("type") == "url_verification" and "challenge" in body
        return {"challenge": body["challenge"]} if is_asked else None


register(Slack())
