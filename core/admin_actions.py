"""Actions of the admin on selected rows: asked on a page of their own, done in each row's workspace, and told of."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from core import tenancy
from core.errors import SequiturError
from core.ids import uuid_or_none
from core.models import WorkspaceRow

R = TypeVar("R", bound=WorkspaceRow)

MAX_ROWS = 100
MAX_COMMENT_CHARACTERS = 10_000


class CommentForm(forms.Form):
    """What is said with it."""

    comment = forms.CharField(required=False, max_length=MAX_COMMENT_CHARACTERS, widget=forms.Textarea({"rows": 3}))


def confirmed(
    admin: ModelAdmin[R],
    request: HttpRequest,
    rows: QuerySet[R],
    *,
    title: str,
    act: Callable[[R, str], None],
    note: Callable[[R], str] = lambda row: "",
) -> TemplateResponse | None:
    """The page that lists the rows and takes a comment; once that is sent, `act(row, comment)` for each row.

    `act` runs inside the scope of the row's workspace. What it refuses (`SequiturError`) is told of the row, and stops
    no other; what it does is kept in the row's history. `note(row)` is what the page says about a row.
    """
    selected = list(rows[: MAX_ROWS + 1])
    if len(selected) > MAX_ROWS:
        admin.message_user(request, f"Select at most {MAX_ROWS} at once; nothing was done.", messages.ERROR)
        return None
    is_confirmed = "confirmed" in request.POST
    form = CommentForm(request.POST if is_confirmed else None)
    if not is_confirmed or not form.is_valid():
        return _page(admin, request, form, title=title, rows=[(row, note(row)) for row in selected])
    done = [row for row in selected if _is_done(admin, request, row, act=act, comment=form.cleaned_data["comment"])]
    for row in done:
        admin.log_change(request, row, f"{title}. {form.cleaned_data['comment']}".strip())
    if done:
        admin.message_user(request, f"{title}: done for {len(done)} of {len(selected)}.", messages.SUCCESS)
    return None


def actor(request: HttpRequest) -> str:
    """Who it is, as the API's callers are named in the records."""
    return f"user {request.user.get_username()}"


def _is_done(
    admin: ModelAdmin[R], request: HttpRequest, row: R, *, act: Callable[[R, str], None], comment: str
) -> bool:
    try:
        with tenancy.scope(row.workspace_id):
            act(row, comment)
    except SequiturError as error:
        why = " ".join([error.detail, *(problem.message for problem in error.problems)])
        admin.message_user(request, f"{row}: {why}", messages.ERROR)
        return False
    return True


def _page(
    admin: ModelAdmin[R], request: HttpRequest, form: CommentForm, *, title: str, rows: list[tuple[R, str]]
) -> TemplateResponse:
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": title,
        "opts": admin.opts,
        "rows": rows,
        "form": form,
        "action": request.POST["action"],
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "back": uuid_or_none(request.POST.get("back", "")),
    }
    return TemplateResponse(request, "core/confirm_action.html", context)
