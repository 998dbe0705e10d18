"""A signature of one's own: HMAC of the raw body in a header of any name."""

from collections.abc import Sequence

from triggers.verification import proofs
from triggers.verification.base import Delivery, Refused, Rules, Scheme, Verdict, Verified
from triggers.verification.registry import register


class OwnHmac(Scheme):
    """`<header>: <prefix><digest>`, the digest in hex (of either case) or base64. The time is not part of it."""

    key = "hmac"
    needs = frozenset({"secret", "header"})
    takes = frozenset({"prefix", "algorithm", "encoding", "id_header"})

    def verify(self, delivery: Delivery, *, rules: Rules, secrets: Sequence[str]) -> Verdict:
        offered = delivery.header(rules.header)
        if not offered.startswith(rules.prefix) or offered == rules.prefix:
            return Refused(f"the header {rules.header} is missing, or does not begin with its prefix")
        offered = offered.removeprefix(rules.prefix)
        expected = [
            proofs.digest(delivery.body, secret=secret, algorithm=rules.algorithm, encoding=rules.encoding)
            for secret in secrets
        ]
        if not proofs.is_any([offered.lower() if rules.encoding == "hex" else offered], of=expected):
            return Refused(proofs.NO_FIT)
        return Verified(delivery.header(rules.id_header))


register(OwnHmac())
