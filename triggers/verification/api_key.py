"""A key that is sent along, in a header: `X-Api-Key` unless another is named."""

from collections.abc import Sequence

from triggers.verification import proofs
from triggers.verification.base import Delivery, Refused, Rules, Scheme, Verdict, Verified
from triggers.verification.registry import register

HEADER = "x-api-key"


class ApiKey(Scheme):
    """Only in a header: what stands in a URL is kept in the logs of everything on its way."""

    key = "api_key"
    takes = frozenset({"header", "prefix", "id_header"})

    def verify(self, delivery: Delivery, *, rules: Rules, secrets: Sequence[str]) -> Verdict:
        name = rules.header or HEADER
        offered = delivery.header(name)
        if not offered:
            return Refused(f"the header {name} is missing")
        if not proofs.is_any([offered], of=[rules.prefix + secret for secret in secrets]):
            return Refused(f"the key in the header {name} is none of the secrets")
        return Verified(delivery.header(rules.id_header))


register(ApiKey())
