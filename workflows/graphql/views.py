"""GraphQL over HTTP: one POST, with everything that the other views of the API have.

Who calls, CSRF, the workspace in scope, limits of requests, their ids and `Idempotency-Key` come with
`WorkspaceViewSet`. Source: graphql.github.io/graphql-over-http (draft), with `application/json`: 200 for whatever is
wrong with the query.
"""

from typing import Any

from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, ConfigDict, Field
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from strawberry.types import ExecutionResult

from core.api.authentication import Caller
from core.api.views import WorkspaceViewSet
from core.errors import UnauthenticatedError
from workflows.api.testing_views import MAX_BODY_BYTES
from workflows.graphql import errors
from workflows.graphql.schema import schema


class GraphqlRequest(BaseModel):
    """A document of GraphQL, and the values of its variables."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, examples=["{ workflows(first: 5) { nodes { id name status } } }"])
    variables: dict[str, Any] | None = Field(None, description="By name, without the $")
    operation_name: str | None = Field(
        None, alias="operationName", max_length=200, description="Which, where there are several"
    )
    extensions: dict[str, Any] | None = Field(None, description="What clients send along; it is not read")


class GraphqlPlace(BaseModel):
    """Where in the query."""

    line: int
    column: int


class GraphqlExtensions(BaseModel):
    """What the envelope of REST says of an error."""

    code: str = Field(description="For programs: docs/api.md has them all")
    status: int = Field(description="The status that REST answers with")
    errors: list[dict[str, str]] = Field(description="{path, code, message} of everything that is wrong")
    retry_after: int | None = Field(None, alias="retryAfter", description="So many seconds later")


class GraphqlError(BaseModel):
    """What went wrong with one field, or with the request."""

    message: str = Field(description="For people")
    locations: list[GraphqlPlace] = Field(default_factory=list)
    path: list[str | int] = Field(default_factory=list, description="The field of `data` that is null for it")
    extensions: GraphqlExtensions


class GraphqlResponse(BaseModel):
    """What was asked for, and what went wrong with it."""

    data: dict[str, Any] | None = Field(description="By field; null where nothing was done", examples=[{}])
    errors: list[GraphqlError] = Field(default_factory=list, description="Absent where nothing went wrong")


class IsKnown(BasePermission):
    """Lets in who is in the workspace: each field says itself what it needs."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, Caller):
            raise UnauthenticatedError
        return True


class NothingDoneError(Exception):
    """Everything was refused: as in REST, that is no answer to keep under an `Idempotency-Key`."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class GraphqlViewSet(WorkspaceViewSet):
    """Workflows and runs over GraphQL."""

    area = "workflows"
    asking = ("create",)
    permission_classes = (IsKnown,)
    max_body_bytes = MAX_BODY_BYTES

    @extend_schema(operation_id="graphql", request=GraphqlRequest, responses={200: GraphqlResponse})
    def create(self, request: Request) -> Response:
        """A query or mutation of GraphQL (docs/graphql.md, docs/schema.graphql). Every field needs the role and the
        scope of what does the same in REST. Fields that are refused are null, with an error each; `data` is null where
        none was tried."""
        body = self.body(GraphqlRequest)
        result = self._executed(body)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [errors.shown(each, request) for each in result.errors]
        response = Response(answer)
        if result.errors and not any((result.data or {}).values()):
            raise NothingDoneError(response)
        return response

    def only_asks(self) -> bool:
        return "mutation" not in self.body(GraphqlRequest).query  # without the word there is none

    def handle_exception(self, exc: Exception) -> Response:
        return exc.response if isinstance(exc, NothingDoneError) else super().handle_exception(exc)

    def count_fields(self, number: int) -> None:
        """Each field at the top is a request of its own where requests are limited. Raises `Throttled`."""
        for _ in range(number - 1):
            self.check_throttles(self.request)

    def _executed(self, body: GraphqlRequest) -> ExecutionResult:
        result = schema.execute_sync(
            body.query, variable_values=body.variables, context_value=self, operation_name=body.operation_name
        )
        found = errors.cause(result.errors[0]) if result.errors and result.data is None else None
        if isinstance(found, APIException):  # too many requests: with the headers of those
            raise found
        return result
