"""GitHub: HMAC-SHA256 of the raw body in `X-Hub-Signature-256`. Gitea and Forgejo send the same headers."""

from collections.abc import Sequence

from triggers.verification import proofs
from triggers.verification.base import Delivery, Refused, Rules, Scheme, Verdict, Verified
from triggers.verification.registry import register

SIGNATURE = "x-hub-signature-256"
PREFIX = "sha256="


class GitHub(Scheme):
    """Source: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"""

    key = "github"

    def verify(self, delivery: Delivery, *, rules: Rules, secrets: Sequence[str]) -> Verdict:
        offered = delivery.header(SIGNATURE)
        if not offered:
            return Refused(f"the header {SIGNATURE} is missing: give the webhook a secret at GitHub")
        expected = [PREFIX + proofs.digest(delivery.body, secret=secret) for secret in secrets]
        if not proofs.is_any([offered], of=expected):
            return Refused(proofs.NO_FIT)
        return Verified(delivery.header("x-github-delivery"))


register(GitHub())
