"""Standard Webhooks, as we sign ourselves (`core.signing`): `webhook-id`, `webhook-timestamp`, `webhook-signature`."""

from collections.abc import Sequence

from core import signing
from triggers.verification import proofs
from triggers.verification.base import Delivery, Refused, Rules, Scheme, Verdict, Verified
from triggers.verification.registry import register

HEADERS = (signing.ID_HEADER, signing.TIMESTAMP_HEADER, signing.SIGNATURE_HEADER)


class StandardWebhooks(Scheme):
    """Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""

    key = "standard_webhooks"
    takes = frozenset({"tolerance_seconds"})

    def verify(self, delivery: Delivery, *, rules: Rules, secrets: Sequence[str]) -> Verdict:
        for name in HEADERS:
            if not delivery.header(name):
                return Refused(f"the header {name} is missing")
        tolerance = rules.tolerance_seconds
        timestamp = delivery.header(signing.TIMESTAMP_HEADER)
        if why := proofs.why_not_now(timestamp, now=delivery.now, tolerance_seconds=tolerance):
            return Refused(why)
        reason = proofs.NO_FIT
        for secret in secrets:
            try:
                found = signing.verify(
                    delivery.body,
                    headers=delivery.headers,
                    secrets=[secret],
                    now=delivery.now,
                    tolerance_seconds=tolerance,
                )
            except signing.SigningSecretError as error:
                reason = f"a secret cannot be used: {error.detail}"
            except signing.SignatureError:
                continue
            else:
                return Verified(found)
        return Refused(reason)


register(StandardWebhooks())
