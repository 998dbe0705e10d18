"""Shopify: HMAC-SHA256 of the raw body, in base64, in `X-Shopify-Hmac-Sha256`."""

from collections.abc import Sequence

from triggers.verification import proofs
from triggers.verification.base import Delivery, Refused, Rules, Scheme, Verdict, Verified
from triggers.verification.registry import register

SIGNATURE = "x-shopify-hmac-sha256"


class Shopify(Scheme):
    """Source: https://shopify.dev/docs/apps/build/webhooks/subscribe/https"""

    key = "shopify"

    def verify(self, delivery: Delivery, *, rules: Rules, secrets: Sequence[str]) -> Verdict:
        offered = delivery.header(SIGNATURE)
        if not offered:
            return Refused(f"the header {SIGNATURE} is missing")
        expected = [proofs.digest(delivery.body, secret=secret, encoding="base64") for secret in secrets]
        if not proofs.is_any([offered], of=expected):
            return Refused(proofs.NO_FIT)
        return Verified(delivery.header("x-shopify-webhook-id"))


register(Shopify())
