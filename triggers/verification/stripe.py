"""Stripe: `Stripe-Signature: t=<seconds>,v1=<hex>,...`, HMAC-SHA256 over `<t>.<raw body>`; the id is the event's."""

from collections.abc import Sequence

from triggers.verification import proofs
from triggers.verification.base import Delivery, Refused, Rules, Scheme, Verdict, Verified
from triggers.verification.registry import register

SIGNATURE = "stripe-signature"


class Stripe(Scheme):
    """Source: https://docs.stripe.com/webhooks/signature (the whole `whsec_...` is the key)"""

    key = "stripe"
    takes = frozenset({"tolerance_seconds"})

    def verify(self, delivery: Delivery, *, rules: Rules, secrets: Sequence[str]) -> Verdict:
        if not delivery.header(SIGNATURE):
            return Refused(f"the header {SIGNATURE} is missing")
        parts = [part.strip().partition("=") for part in delivery.header(SIGNATURE).split(",")]
        timestamps = [value for name, _, value in parts if name == "t"]
        timestamp = timestamps[0] if len(timestamps) == 1 else ""
        if why := proofs.why_not_now(timestamp, now=delivery.now, tolerance_seconds=rules.tolerance_seconds):
            return Refused(why)
        signed = f"{timestamp}.".encode() + delivery.body
        offered = [value for name, _, value in parts if name == "v1"]
        if not proofs.is_any(offered, of=[proofs.digest(signed, secret=secret) for secret in secrets]):
            return Refused(proofs.NO_FIT)
        return Verified(proofs.text_in(delivery.body, "id"))


register(Stripe())
