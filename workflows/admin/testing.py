"""Tests that are kept with workflows. They are changed through the API, which runs them."""

from django.contrib import admin
from django.utils.safestring import SafeString

from core.admin_site import ReadOnlyAdmin, pretty
from core.redaction import Redactor
from workflows.models import WorkflowTest

_SHOWN = Redactor()


@admin.register(WorkflowTest)
class WorkflowTestAdmin(ReadOnlyAdmin[WorkflowTest]):
    """What a workflow has to go on doing."""

    list_display = ["name", "workflow", "workspace", "created_by", "updated_at"]
    search_fields = ["name", "workflow__name", "=run_id"]
    list_select_related = ["workflow", "workspace"]
    exclude = ["event", "pins", "answers", "expected"]
    readonly_fields = ["given", "comes_to"]

    @admin.display(description="event, pins and answers")
    def given(self, row: WorkflowTest) -> SafeString:
        return pretty(_SHOWN.clean({"event": row.event, "pins": row.pins, "answers": row.answers}))

    @admin.display(description="expected")
    def comes_to(self, row: WorkflowTest) -> SafeString:
        return pretty(_SHOWN.clean(row.expected))
