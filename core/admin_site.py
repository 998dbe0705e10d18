"""The admin for operators: staff of the installation, who see the rows of all workspaces. Tenants have the API."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import tenancy
from core.redaction import Redactor

M = TypeVar("M", bound=Model)
View = Callable[..., HttpResponseBase]


class OperatorSite(admin.AdminSite):
    """Every page of it runs unscoped, rendering included."""

    site_header = site_title = "Sequitur"
    index_title = "Operations"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(_unscoped(view), cacheable)


def _unscoped(view: View) -> View:
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with tenancy.unscoped("operators serve all workspaces"):
            response = view(request, *args, **kwargs)
            return response.render() if isinstance(response, SimpleTemplateResponse) else response

    return wrapped


class RowAdmin(admin.ModelAdmin[M]):
    """Base for all models: lists stay fast when there are millions of rows, because nothing is counted twice."""

    show_full_result_count = False
    list_per_page = 50


class ReadOnlyAdmin(RowAdmin[M]):
    """Base for what happened: history is looked at, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


def pretty(value: object) -> SafeString:
    """JSON to read, with what looks secret hidden; everything in it is escaped, since strangers wrote it."""
    shown = Redactor().clean(value)
    return format_html("<pre>{}</pre>", json.dumps(shown, indent=2, ensure_ascii=False, sort_keys=True))
