"""The one door through which requests leave: every action that speaks HTTP goes through `outbound.call(...)`.

Nothing else in the project may import `requests` or open a connection to where a user said. `call` fails for an
unexpected status, `send` gives the answer whatever it is.
"""

from actions.outbound.addresses import AllowList
from actions.outbound.calling import call
from actions.outbound.door import send
from actions.outbound.hosts import check_url
from actions.outbound.messages import OutboundRequest, OutboundResponse, json_bytes

__all__ = ["AllowList", "OutboundRequest", "OutboundResponse", "call", "check_url", "json_bytes", "send"]
