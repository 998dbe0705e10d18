"""Links from one row to others."""

from collections.abc import Iterable

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString


def links(rows: Iterable[Model]) -> SafeString:
    """Links to the pages of rows, at most a hundred."""
    shown = list(rows[:100]) if isinstance(rows, QuerySet) else list(rows)
    found = ((reverse(f"admin:workflows_{row._meta.model_name}_change", args=[row.pk]), row) for row in shown)  # noqa: SLF001  documented by Django
    return format_html_join(", ", '<a href="{}">{}</a>', found)
