"""Lists of the admin that cost the same however many rows there are: nothing is counted, sorted or made distinct.

Rows come newest first, by their id. A page reads itself and one row more, which is how it knows that there is another;
the deepest page is `MAX_PAGES`, since a page has to pass over those before it: beyond that, one filters.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet, UUIDField
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.utils import timezone

from core import admin_access, ids
from core.ids import uuid_or_none
from core.models import Role, Workspace

MAX_PAGES = 100
MAX_FOUND = 100  # of rows elsewhere, by which rows are searched
MAX_LISTED_WORKSPACES = 100
MAX_WORKSPACES = 1_000  # that are named in a query, so that an index which begins with the workspace serves it


class OnePageAhead(Paginator[Any]):
    """Counts up to the page that is asked for, and one row more."""

    def __init__(self, *args: Any, wanted: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = min(max(wanted, 1), MAX_PAGES)

    @cached_property
    def count(self) -> int:
        """How many rows are known of: those up to the page's end, and one more if there is one."""
        before = (self.wanted - 1) * self.per_page
        rows: Any = self.object_list
        return before + len(rows.values_list("pk", flat=True)[before : before + self.per_page + 1])


class BoundedList(ChangeList):
    """Ignores requests to sort: by any column but the id, that would read the whole table."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        return [*(self.model_admin.get_ordering(request) or ["-pk"])]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count  # or the search form tells how many there are, which nobody knows

    @property
    def newer_url(self) -> str:
        """The page before this one; empty on the first."""
        return self.get_query_string({PAGE_VAR: self.page_num - 1}) if self.page_num > 1 else ""

    @property
    def older_url(self) -> str:
        """The page after this one; empty on the last, and on the deepest."""
        is_last = self.result_count <= self.page_num * self.list_per_page
        return "" if is_last or self.is_deepest else self.get_query_string({PAGE_VAR: self.page_num + 1})

    @property
    def is_deepest(self) -> bool:
        """Whether there are no pages after this one, however many rows there may be."""
        return self.page_num >= MAX_PAGES

    def get_ordering_field_columns(self) -> dict[int, Literal["desc", "asc"]]:
        return {}

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str | None] | None = None) -> QuerySet[Any]:
        rows = super().get_queryset(request, exclude_parameters)
        if (self.has_active_filters or self.query) and admin_access.of(request).is_everything:
            return rows.filter(_of_any_workspace(self.model))
        return rows


def _of_any_workspace(model: type[Model]) -> Q:
    """All workspaces by id: says nothing new, but lets PostgreSQL use an index that begins with the workspace."""
    fields = {field.name: field for field in model._meta.concrete_fields}  # noqa: SLF001  documented by Django
    if "workspace" not in fields or fields["workspace"].null:
        return Q()
    found = list(Workspace.objects.order_by().values_list("pk", flat=True)[: MAX_WORKSPACES + 1])
    return Q(workspace__in=found) if len(found) <= MAX_WORKSPACES else Q()


class OfWorkspace(admin.SimpleListFilter):
    """Rows of one workspace, of those that one may see; by its slug, also one that is not listed."""

    title = "workspace"
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = Workspace.objects.filter(admin_access.within(Workspace, admin_access.of(request), Role.VIEWER))
        return [(slug, slug) for slug in rows.values_list("slug", flat=True)[:MAX_LISTED_WORKSPACES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        found = list(Workspace.objects.filter(slug=self.value()).values_list("pk", flat=True))
        return queryset.filter(workspace__in=found)


class Newer(admin.SimpleListFilter):
    """Rows that were made lately, by their id, which has the time in it."""

    title = "made in the last"
    parameter_name = "last"
    periods = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in self.periods]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        period = self.periods.get(self.value() or "")
        return queryset if period is None else queryset.filter(pk__gte=ids.first_at(timezone.now() - period))


def filters_of(model: type[Model]) -> list[Any]:
    """The filters that every list of a model has."""
    names = {field.name for field in model._meta.concrete_fields}  # noqa: SLF001  documented by Django
    found: list[Any] = [OfWorkspace] if "workspace" in names else []
    return [*found, Newer] if isinstance(model._meta.pk, UUIDField) else found  # noqa: SLF001


def found_by(model: type[Model], names: Sequence[str], term: str) -> Q:
    """What a term finds: rows that say exactly that in one of the columns, each of which has an index.

    Ids are looked for if the term is one. A column of another row (`workflow__slug`) is looked up first, so that the
    list itself is searched by its own columns, and not across a join.
    """
    uid, found = uuid_or_none(term), Q(pk__in=[])
    for name in names:
        field, _, column = name.partition("__")
        is_id = column in {"", "id"} and _is_id(model, field)
        if is_id and uid is not None:
            found |= Q(**{field: uid})
        elif column and column != "id":
            found |= Q(**{f"{field}__in": _elsewhere(model, field, column, term)})
        elif not is_id:
            found |= Q(**{name: term})
    return found


def _is_id(model: type[Model], name: str) -> bool:
    field: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)  # noqa: SLF001
    return isinstance(getattr(field, "target_field", field), UUIDField)


def _elsewhere(model: type[Model], name: str, column: str, term: str) -> list[UUID]:
    related: Any = model._meta.get_field(name).related_model  # noqa: SLF001  documented by Django
    head, _, rest = column.partition("__")
    if rest:
        within: list[UUID] = _elsewhere(related, head, rest, term)
        rows = related._default_manager.filter(**{f"{head}__in": within})  # noqa: SLF001  documented by Django
    else:
        rows = related._default_manager.filter(**{column: term})  # noqa: SLF001  documented by Django
    return list(rows.order_by().values_list("pk", flat=True)[:MAX_FOUND])
