"""What actions wrote about records, for operators: looked at, never edited."""

from django.contrib import admin

from actions.models import Export, Note, RecordedEffect, Rotation, Tag, Task
from core.admin_site import ReadOnlyAdmin


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin[Note]):
    """Notes about records."""

    list_display = ["entity_type", "entity_id", "visibility", "text", "workspace", "created_at"]
    list_filter = ["visibility"]
    searched = ("id", "entity_id")


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin[Task]):
    """Tasks of people."""

    list_display = ["title", "assignee", "due_at", "priority", "done_at", "workspace"]
    list_filter = ["priority"]
    list_select_related = ["assignee", "workspace"]
    searched = ("id", "entity_id")


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin[Tag]):
    """Words that records have."""

    list_display = ["name", "entity_type", "entity_id", "workspace"]
    searched = ("id", "name", "entity_id")


@admin.register(RecordedEffect)
class RecordedEffectAdmin(ReadOnlyAdmin[RecordedEffect]):
    """What was done already."""

    list_display = ["action_type", "digest", "workspace", "made_at"]
    searched = ("digest",)


@admin.register(Rotation)
class RotationAdmin(ReadOnlyAdmin[Rotation]):
    """Whose turn it is."""

    list_display = ["name", "last", "workspace", "updated_at"]
    searched = ("id", "name")


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin[Export]):
    """Files of records."""

    list_display = ["entity_type", "export_type", "rows", "size_bytes", "path", "sent_at", "workspace", "created_at"]
    searched = ("id", "key", "path")
