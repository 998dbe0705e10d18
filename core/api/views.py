"""The base of every view of the API: authenticated, permitted, and inside the caller's workspace."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http.response import HttpResponseBase
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from core import tenancy, validation
from core.api.authentication import Caller
from core.api.pagination import NewestFirst
from core.api.queries import Query
from core.errors import MalformedError, NotFoundError
from core.ids import uuid_or_none

M = TypeVar("M", bound=Model)
B = TypeVar("B", bound=BaseModel)
Q = TypeVar("Q", bound=Query)


class WorkspaceViewSet(ViewSet):
    """Handlers run inside `tenancy.scope(...)` of the caller's workspace; foreign ids are therefore 404."""

    lookup_value_regex = "[^/]+"

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self.scopes:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any("\0" in text for text in (*map(str, kwargs.values()), *request.query_params.values())):
            raise MalformedError("The URL has a NUL character, which no value can have.")
        self.scopes.enter_context(tenancy.scope(self.caller.workspace.id))

    @property
    def caller(self) -> Caller:
        caller: Caller = self.request.auth  # type: ignore[assignment]  # HasRole refused everything else
        return caller

    def body(self, model: type[B]) -> B:
        """The request's document as `model`. Raises `InvalidError` with every problem."""
        return validation.parse(model, self.document)

    def query(self, model: type[Q]) -> Q:
        """The parameters of the URL as `model`. Raises `InvalidError` with every problem."""
        return validation.parse(
            model, self.request.query_params.dict(), detail="The URL has parameters that are not valid."
        )

    @property
    def document(self) -> dict[str, Any]:
        """The request's document; the parsers let nothing but objects pass."""
        document: dict[str, Any] = self.request.data  # type: ignore[assignment]  # DRF's stubs allow lists too
        return document

    def find(self, rows: QuerySet[M], pk: str) -> M:
        """The row with this id. Raises `NotFoundError`, also for what is no id at all."""
        row = rows.filter(pk=uuid_or_none(pk)).first()
        if row is None:
            name = rows.model._meta.verbose_name  # noqa: SLF001  documented by Django
            raise NotFoundError(f"There is no {name} {pk[:64]!r} in this workspace.")
        return row

    def page(self, rows: QuerySet[M], shape: Callable[[M], BaseModel]) -> Response:
        """One page of the rows, newest first."""
        return self.page_of(rows, lambda page: map(shape, page))

    def page_of(self, rows: QuerySet[M], shapes: Callable[[list[M]], Iterable[BaseModel]]) -> Response:
        """The same, of shapes that are made together."""
        paginator = NewestFirst()
        page: list[M] = paginator.paginate_queryset(rows, self.request, view=self) or []
        return paginator.get_paginated_response([each.model_dump(mode="json") for each in shapes(page)])


def answer(shape: BaseModel, *, status: int = 200) -> Response:
    """The shape as JSON."""
    return Response(shape.model_dump(mode="json"), status=status)
