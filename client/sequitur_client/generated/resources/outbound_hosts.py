"""`client.outbound_hosts`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import Call, Named, filled
from sequitur_client.generated import models as m


def outbound_hosts_list(*, cursor: str | None = None, limit: int | None = None) -> Call[m.OutboundHostPage]:
    """The hosts that failed lately, or that a rate limit counts.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    """
    return Call(
        operation="outbound_hosts_list",
        method="GET",
        path=filled("/api/v1/outbound/hosts/"),
        answers={200: m.OutboundHostPage},
        query={"cursor": cursor, "limit": limit},
    )


def outbound_hosts_reset(id: Named, *, idempotency_key: str | None = None) -> Call[None]:
    """Forget what is remembered of a host: it is called again at once.

    id: The host, as it is listed
    """
    return Call(
        operation="outbound_hosts_reset",
        method="POST",
        path=filled("/api/v1/outbound/hosts/{id}/reset/", id=id),
        answers={204: None},
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


class OutboundHosts(binding.Resource):
    """What can be done with outbound_hosts."""

    list = binding.paged(outbound_hosts_list)
    reset = binding.called(outbound_hosts_reset)


class AsyncOutboundHosts(binding.AsyncResource):
    """Calls that are awaited."""

    list = binding.awaited_pages(outbound_hosts_list)
    reset = binding.awaited(outbound_hosts_reset)
