"""The schema: `docs/schema.graphql` is what it says."""

from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from workflows.graphql import scalars
from workflows.graphql.bounds import Bounds
from workflows.graphql.mutations import Mutation
from workflows.graphql.queries import Query


class QuietSchema(strawberry.Schema):
    """What callers do wrong is told to them, and not written to the log."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Does nothing: `errors.shown` logs what is our mistake."""


schema = QuietSchema(
    Query, Mutation, extensions=[Bounds], config=StrawberryConfig(scalar_map=scalars.SCALARS, relay_max_results=100)
)


def written() -> str:
    """The schema in GraphQL's own language."""
    return f"{schema.as_str()}\n"
