"""Dead letters for operators, those of no workspace too."""

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from core.admin_actions import MAX_COMMENT_CHARACTERS, MAX_ROWS, actor
from core.admin_site import ReadOnlyAdmin, pretty
from core.errors import SequiturError
from core.ids import uuid_or_none
from core.models import DeadLetter
from core.services import redriving

TOO_MANY = f"Select at most {MAX_ROWS} at once; nothing was done."
MANY = {
    "Try again": "Many are tried again by filter, so many in a second: manage.py dead_letters redrive, or "
    "POST dead-letters/redrive/ of the API."
}


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=MAX_COMMENT_CHARACTERS, widget=forms.Textarea({"rows": 3}))


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin[DeadLetter]):
    """What could not be done, and what was done about it."""

    list_display = ["created_at", "kind", "code", "task", "attempts", "status", "workspace", "message"]
    list_filter = ["status", "kind"]
    searched = ("id", "source_id", "run_id", "workflow_id")
    list_select_related = ["workspace"]
    exclude = ["payload"]
    readonly_fields = ["shown_payload"]
    actions = ["redrive", "discard"]

    @admin.display(description="payload")
    def shown_payload(self, row: DeadLetter) -> SafeString:
        return pretty(row.payload)

    @admin.action(description="Try again", permissions=["repair"])
    def redrive(self, request: HttpRequest, rows: QuerySet[DeadLetter]) -> TemplateResponse | None:
        return self._asked(request, rows, title="Try again", act=redriving.redrive)

    @admin.action(description="Discard", permissions=["repair"])
    def discard(self, request: HttpRequest, rows: QuerySet[DeadLetter]) -> TemplateResponse | None:
        return self._asked(request, rows, title="Discard", act=redriving.discard)

    def _asked(
        self, request: HttpRequest, rows: QuerySet[DeadLetter], *, title: str, act: Callable[..., DeadLetter]
    ) -> TemplateResponse | None:
        """As `admin_actions.confirmed`, for rows that may have no workspace, and with a reason that has to be given."""
        selected = list(rows[: MAX_ROWS + 1])
        if len(selected) > MAX_ROWS:
            self.message_user(request, f"{TOO_MANY} {MANY.get(title, '')}".strip(), messages.ERROR)
            return None
        is_confirmed = "confirmed" in request.POST
        form = ReasonForm(request.POST if is_confirmed else None)
        if not is_confirmed or not form.is_valid():
            return self._page(request, form, title=title, rows=selected)
        reason = form.cleaned_data["reason"]
        for row in selected:
            try:
                act(row.pk, by=actor(request), reason=reason)
            except SequiturError as error:
                self.message_user(request, f"{row}: {error.detail}", messages.ERROR)
            else:
                self.log_change(request, row, f"{title}. {reason}")
                self.message_user(request, f"{title}: {row}", messages.SUCCESS)
        return None

    def _page(self, request: HttpRequest, form: ReasonForm, *, title: str, rows: list[DeadLetter]) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "rows": [(row, row.message) for row in rows],
            "form": form,
            "action": request.POST["action"],
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "back": uuid_or_none(request.POST.get("back", "")),
        }
        return TemplateResponse(request, "core/confirm_action.html", context)
