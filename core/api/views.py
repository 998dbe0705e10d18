"""The base of every view of the API: authenticated, permitted, and inside the caller's workspace."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from django.http.response import HttpResponseBase
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from core import scopes, tenancy, validation
from core.api import etags, idempotency, parsers
from core.api.authentication import ApiKeyAuthentication, Caller, Person, PersonAuthentication
from core.api.pagination import NewestFirst
from core.api.permissions import IsSomebody, check_scope
from core.api.queries import Query
from core.errors import ForbiddenError, MalformedError, NotFoundError
from core.ids import uuid_or_none
from core.preconditions import Expected
from core.searching import Search
from core.services.answers import Asked

M = TypeVar("M", bound=Model)
B = TypeVar("B", bound=BaseModel)
Q = TypeVar("Q", bound=Query)


class WorkspaceViewSet(ViewSet):
    """Handlers run inside `tenancy.scope(...)` of the caller's workspace; foreign ids are therefore 404."""

    lookup_value_regex = "[^/]+"
    area: str  # of core.scopes; a test holds that every view has one
    # Actions whose service knows the key itself, and those that ask others over the network: no transaction holds that.
    unkeyed: ClassVar[frozenset[str]] = frozenset()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self.scopes:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before anything looks up who calls: the slug of a workspace may stand in the URL or in a header.
        named = (*map(str, kwargs.values()), request.headers.get("X-Workspace", ""))
        if any("\0" in text for text in (*named, *request.query_params.values())):
            raise MalformedError("The URL or X-Workspace has a NUL character, which no value can have.")
        super().initial(request, *args, **kwargs)
        if isinstance(request.auth, Caller):
            self.scopes.enter_context(tenancy.scope(self.caller.workspace.id))
            if request.method == "POST":
                self._heed_key(request)

    def _heed_key(self, request: Request) -> None:
        """Let the handler do what it does once for each key. The parser refuses too large a body by itself."""
        key = idempotency.key_of(request)
        if not key or self.action in self.unkeyed or not parsers.is_bounded(request, self):
            return
        said = idempotency.fingerprint(request)  # before anything parses the body, which can be read once
        if self.only_asks():
            return
        handler: Any = getattr(self, "post")  # noqa: B009  which the router sets
        # By its row, too: names of people are given again, and keys made elsewhere may begin alike.
        caller = f"{self.caller.name} {request.user.pk}"
        asked = Asked(caller, key, f"{type(self).__name__}.{self.action}", said)
        self.post = idempotency.keyed(handler, asked)

    def only_asks(self) -> bool:
        """Whether this POST changes nothing: then it is answered anew each time, keeps nothing and holds no transaction
        however long it takes. Views where the URL or the body says so look there."""
        return self.action in getattr(self, "asking", ())

    @property
    def caller(self) -> Caller:
        caller: Caller = self.request.auth  # type: ignore[assignment]  # HasRole refused others
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

    def check_reads(self, *areas: str) -> None:
        """Raises `ForbiddenError` where a key's scopes keep it from reading what else a request names."""
        for area in areas:
            check_scope(self.caller, scopes.named(area, is_write=False))

    def find(self, rows: QuerySet[M], pk: str) -> M:
        """The row with this id. Raises `NotFoundError`, also for what is no id at all."""
        row = rows.filter(pk=uuid_or_none(pk)).first()
        if row is None:
            name = rows.model._meta.verbose_name  # noqa: SLF001  documented by Django
            raise NotFoundError(f"There is no {name} {pk[:64]!r} in this workspace.")
        return row

    def tagged(self, shape: BaseModel, *, state: str, status: int = 200) -> Response:
        """The shape as JSON with its `ETag`; 304 to who has it already."""
        return etags.answer(self.request, shape, state=state, status=status)

    @property
    def expected(self) -> Expected | None:
        """What `If-Match` says that a change may begin from. Raises `MalformedError`."""
        return etags.expected(self.request)

    def page(self, rows: QuerySet[M] | Search[M], shape: Callable[[M], BaseModel]) -> Response:
        """One page of the rows, newest first."""
        return self.page_of(rows, lambda page: map(shape, page))

    def page_of(
        self,
        rows: QuerySet[M] | Search[M],
        shapes: Callable[[list[M]], Iterable[BaseModel]],
        *,
        order: type[NewestFirst] = NewestFirst,
    ) -> Response:
        """The same, of shapes that are made together."""
        paginator = order()
        page: list[M]
        if isinstance(rows, Search):
            page = paginator.search(rows, self.request, view=self)
        else:
            page = paginator.paginate_queryset(rows, self.request, view=self) or []
        return paginator.get_paginated_response([each.model_dump(mode="json") for each in shapes(page)])


class PersonalViewSet(WorkspaceViewSet):
    """What people do who need be in no workspace. Handlers run inside a scope when a key calls, and only then."""

    authentication_classes = (ApiKeyAuthentication, PersonAuthentication)
    permission_classes = (IsSomebody,)

    @property
    def person(self) -> Person:
        """Who is signed in. Raises `ForbiddenError` for a key."""
        if isinstance(self.request.auth, Person):
            return self.request.auth
        raise ForbiddenError("This is for people who are signed in; an API key belongs to one workspace.")


def answer(shape: BaseModel, *, status: int = 200) -> Response:
    """The shape as JSON."""
    return Response(shape.model_dump(mode="json"), status=status)
