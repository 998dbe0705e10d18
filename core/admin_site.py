"""The admin for operators: staff of the installation see the rows of all workspaces, members those of their own.

One place says who may do what (`admin_access`), and one how lists stay fast (`admin_lists`); pages only name roles and
columns. Tenants without a login for it have the API.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.exceptions import BadRequest
from django.db import transaction
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import admin_access, admin_lists, dashboards, tenancy
from core.errors import SequiturError
from core.ids import uuid_or_none
from core.models import Role
from core.redaction import Redactor

M = TypeVar("M", bound=Model)
View = Callable[..., HttpResponseBase]


class OperatorSite(admin.AdminSite):
    """Every page of it runs unscoped, rendering included."""

    site_header = site_title = "Sequitur"
    index_title = "Operations"
    index_template = "core/dashboard.html"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(_unscoped(view), cacheable)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list of pages below the cards of the dashboard, of the workspaces that one may see."""
        reach = admin_access.of(request)
        cards = dashboards.cards(None if reach.is_everything else reach.workspaces(Role.VIEWER))
        return super().index(request, {**(extra_context or {}), "cards": cards})


def _unscoped(view: View) -> View:
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if any("\0" in text for _, texts in request.GET.lists() for text in texts):
            raise BadRequest("The URL has a NUL character, which no value can have.")
        with tenancy.unscoped("staff see several workspaces; RowAdmin says which"):
            response = view(request, *args, **kwargs)
            return response.render() if isinstance(response, SimpleTemplateResponse) else response

    return wrapped


class RowAdmin(admin.ModelAdmin[M]):
    """Base for all models: what it costs does not follow from how many rows there are, and who sees them is a role's.

    `searched` are the columns in which a term is looked for, exactly and by an index (`admin_lists.found_by`); small
    tables may have Django's `search_fields` instead. Actions name what they need in `permissions`: `repair`, `edit`,
    `administer`, or Django's own. None for a role means that it is for superusers only.
    """

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    actions_selection_counter = False  # beside it there is "select all": of a million
    ordering = ["-pk"]
    paginator = admin_lists.OnePageAhead
    change_list_template = "core/change_list.html"
    searched: tuple[str, ...] = ()

    view_role: Role | None = Role.VIEWER
    change_role: Role | None = Role.ADMIN
    delete_role: Role | None = Role.ADMIN

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return admin_lists.BoundedList

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any) -> Any:
        page = request.GET.get(PAGE_VAR, "1")
        return self.paginator(queryset, per_page, wanted=int(page) if page.isdecimal() and len(page) < 6 else 1)

    def get_sortable_by(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [*admin_lists.filters_of(self.model), *super().get_list_filter(request)]

    def get_search_fields(self, request: HttpRequest) -> Any:
        return self.searched or super().get_search_fields(request)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[M], search_term: str) -> Any:
        if not self.searched:
            return super().get_search_results(request, queryset, search_term)
        term = search_term.strip()
        return queryset.filter(admin_lists.found_by(self.model, self.searched, term)) if term else queryset, False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._told(request, partial(super().changeform_view, request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._told(request, partial(super().delete_view, request, *args, **kwargs))

    def _told(self, request: HttpRequest, act: Callable[[], Any]) -> Any:
        """What `act` answers. What a service refuses is told on the page, and nothing of it is done."""
        try:
            with transaction.atomic():
                return act()
        except SequiturError as error:
            why = " ".join([error.detail, *(problem.message for problem in error.problems)])
            self.message_user(request, f"{why} Nothing was done.", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows = super().get_queryset(request)
        if self.view_role is None:
            return rows if admin_access.of(request).is_everything else rows.none()
        return rows.filter(admin_access.within(self.model, admin_access.of(request), self.view_role))

    def may(self, request: HttpRequest, needed: Role | None, row: Model | None = None) -> bool:
        """Whether who asks may do what needs this role with a row, or, without one, with any."""
        reach = admin_access.of(request)
        column = admin_access.column_of(self.model)
        if reach.is_everything:
            return True
        if needed is None or column is None:
            return False
        return reach.includes_any(needed) if row is None else reach.includes(needed, getattr(row, column))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.view_role)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.may(request, self.view_role, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, None)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.may(request, self.change_role, obj)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.may(request, self.delete_role, obj)

    def has_repair_permission(self, request: HttpRequest) -> bool:
        return self.may(request, Role.OPERATOR)

    def has_edit_permission(self, request: HttpRequest) -> bool:
        return self.may(request, Role.EDITOR)

    def role_of(self, permission: str) -> Role | None:
        """The role that a permission of an action needs."""
        own = {"view": self.view_role, "change": self.change_role, "delete": self.delete_role}
        return {**own, "repair": Role.OPERATOR, "edit": Role.EDITOR}[permission]

    def response_action(self, request: HttpRequest, queryset: QuerySet[M], *args: Any, **kwargs: Any) -> Any:
        """As Django's, but every selected row has to be one with which the action is allowed, and none is meant that
        was not selected. Otherwise nothing is done, and that is told."""
        chosen = [each for each in request.POST.getlist(ACTION_CHECKBOX_NAME) if self._is_id(each)]
        if request.POST.get("select_across") == "1" or len(chosen) != len(request.POST.getlist(ACTION_CHECKBOX_NAME)):
            self.message_user(request, "Select rows one by one; nothing was done.", messages.ERROR)
            return None
        needed = self._needed(request)
        allowed = queryset
        for role in needed:
            allowed = allowed.filter(admin_access.within(self.model, admin_access.of(request), role))
        if needed and len(allowed.filter(pk__in=chosen).values_list("pk")) != len(set(chosen)):
            self.message_user(
                request, "Your role does not allow this with all of them; nothing was done.", messages.ERROR
            )
            return None
        respond = partial(super().response_action, request, allowed, *args, **kwargs)
        # Only deleting is all or nothing: what is done to many rows otherwise is told of each, and locks one at a time.
        response = self._told(request, respond) if "delete_selected" in request.POST.getlist("action") else respond()
        return self._back(request) or response if isinstance(response, HttpResponseRedirect) else response

    def _is_id(self, text: str) -> bool:
        return text.isdecimal() or uuid_or_none(text) is not None

    def _needed(self, request: HttpRequest) -> list[Role]:
        """The roles that the requested action needs of everybody but superusers; who has none may not get here."""
        names = request.POST.getlist("action")
        index = request.POST.get("index", "0")
        name = names[int(index)] if index.isdecimal() and int(index) < len(names) else ""
        known: Any = self.get_actions(request)
        function: Any = known.get(name, (None,))[0]
        roles = [self.role_of(each) for each in getattr(function, "allowed_permissions", ())]
        return [role for role in roles if role is not None]

    def _back(self, request: HttpRequest) -> HttpResponseRedirect | None:
        """To the page of the row from which the action was asked for."""
        uid = uuid_or_none(request.POST.get("back", ""))
        return None if uid is None else HttpResponseRedirect(self.page_of(uid))

    def page_of(self, pk: UUID) -> str:
        """The URL of a row's page."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Of other rows, those are offered and taken that one may change: no row moves to another workspace."""
        related: Any = db_field.related_model
        if admin_access.column_of(related) is not None and self.change_role is not None:
            within = admin_access.within(related, admin_access.of(request), self.change_role)
            kwargs["queryset"] = related._default_manager.filter(within)  # noqa: SLF001  documented by Django
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyAdmin(RowAdmin[M]):
    """Base for what happened: history is looked at, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class ReadOnlyInline(InlineModelAdmin[Any, Any]):
    """Rows on the page of the row that they belong to: whoever sees that one sees them."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def pretty(value: object) -> SafeString:
    """JSON to read, with what looks secret hidden; everything in it is escaped, since strangers wrote it."""
    shown = Redactor().clean(value)
    return format_html("<pre>{}</pre>", json.dumps(shown, indent=2, ensure_ascii=False, sort_keys=True))


def state(word: str) -> SafeString:
    """A word for where something is, in its colour (`core/static/core/admin.css`)."""
    return format_html('<span class="state {}">{}</span>', word, word.replace("_", " "))
