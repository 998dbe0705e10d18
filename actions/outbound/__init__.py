"""The one door through which requests leave: every action that speaks HTTP goes through `outbound.call(...)`.

Nothing else in the project may import `requests` or open a connection to where a user said. `call` fails for an
unexpected status, `send` gives the answer whatever it is.
"""

from actions.outbound.addresses import AllowList
from actions.outbound.calling import call
from actions.outbound.door import send
from actions.outbound.hosts import check_url
from actions.outbound.messages import MAX_REDIRECTS, OutboundRequest, OutboundResponse, json_bytes
from actions.outbound.multipart import FilePart, multipart
from actions.outbound.preparing import check_url as check
from actions.outbound.redirects import origin, shown_origin

__all__ = [
    "MAX_REDIRECTS",
    "AllowList",
    "FilePart",
    "OutboundRequest",
    "OutboundResponse",
    "call",
    "check",
    "check_url",
    "json_bytes",
    "multipart",
    "origin",
    "send",
    "shown_origin",
]
