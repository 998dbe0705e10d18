"""A user name and a password: HTTP Basic, in UTF-8 (RFC 7617)."""

import base64
from collections.abc import Sequence

from triggers.verification import proofs
from triggers.verification.base import Delivery, Refused, Rules, Scheme, Verdict, Verified
from triggers.verification.registry import register


class Basic(Scheme):
    """`Authorization: Basic base64(username:secret)`, compared as it is written."""

    key = "basic"
    needs = frozenset({"secret", "username"})
    takes = frozenset({"id_header"})

    def verify(self, delivery: Delivery, *, rules: Rules, secrets: Sequence[str]) -> Verdict:
        word, _, offered = delivery.header("authorization").partition(" ")
        if word.lower() != "basic":
            return Refused("the header authorization is missing, or is not of the kind Basic")
        expected = [base64.b64encode(f"{rules.username}:{secret}".encode()).decode() for secret in secrets]
        if not proofs.is_any([offered.strip()], of=expected):
            return Refused("the user name or the password is another one")
        return Verified(delivery.header(rules.id_header))


register(Basic())
