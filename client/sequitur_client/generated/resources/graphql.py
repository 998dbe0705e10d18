"""`client.graphql`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Unset, filled, given
from sequitur_client.generated import models as m


def graphql(
    *,
    query: str,
    variables: dict[str, Any] | Unset | None = UNSET,
    operationName: str | Unset | None = UNSET,
    extensions: dict[str, Any] | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.GraphqlResponse]:
    """A query or mutation of GraphQL (docs/graphql.md, docs/schema.graphql). Every field needs the role and the
    scope of what does the same in REST. Fields that are refused are null, with an error each; `data` is null
    where none was tried.

    variables: By name, without the $
    operationName: Which, where there are several
    extensions: What clients send along; it is not read
    """
    return Call(
        operation="graphql",
        method="POST",
        path=filled("/api/v1/graphql/"),
        answers={200: m.GraphqlResponse},
        body=given({"query": query, "variables": variables, "operationName": operationName, "extensions": extensions}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


class Graphql(binding.Resource):
    """What can be done with graphql."""

    graphql = binding.called(graphql)


class AsyncGraphql(binding.AsyncResource):
    """Calls that are awaited."""

    graphql = binding.awaited(graphql)
