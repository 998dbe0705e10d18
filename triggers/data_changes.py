"""Let what happens to the rows of Django models start workflows. The API for Django projects; docs/sources.md.

    from triggers import data_changes

    class CrmConfig(AppConfig):
        def ready(self):
            data_changes.register(Deal, masked=["iban"])

From then on `deal.created`, `deal.updated`, `deal.deleted` and `deal.<field>_changed` are events, stored in the
transaction that changes the row. Changes of many-to-many fields, `raw=True` (fixtures), and what goes past `save()` and
`delete()` (`QuerySet.update`, `bulk_create`, `bulk_update`, SQL) are not seen: use the functions below, or let the
table itself be watched (`manage.py watch_table`).
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model

from core.models import Workspace
from triggers.engine import changes
from triggers.services import observing, watching
from triggers.services.bulk_changes import bulk_create, bulk_update, delete, update
from triggers.services.observing import paused

__all__ = ["bulk_create", "bulk_update", "delete", "paused", "register", "unregister", "update"]


def register(
    model: type[Model],
    name: str | None = None,
    *,
    fields: Sequence[str] | None = None,
    masked: Sequence[str] = (),
    workspace: str | Callable[[Any], Workspace | UUID | None] = "workspace",
) -> None:
    """Make events of the changes of a model's rows; called again for a model, it replaces what was said before.

    `name` is what a row is called in types and data (default: the model's name in lower case). `fields` are those that
    are told and whose changes count (default: all that are stored; of a foreign key the id, under `owner_id`). Those in
    `masked` are told as `***`, though that they changed is told. `workspace` is the foreign key to the workspace that
    the event belongs to, or a function of the row; for None there is no event.

    Raises `ImproperlyConfigured` for a name or fields that cannot be.
    """
    called = model._meta.model_name if name is None else name  # noqa: SLF001  documented by Django
    if model._meta.proxy or model._meta.abstract:  # noqa: SLF001
        raise ImproperlyConfigured(f"{model._meta.label} has no rows of its own; register the model that has.")  # noqa: SLF001
    if not called or not changes.is_name(called):
        raise ImproperlyConfigured(f"{called!r} cannot be part of an event's type: write letters, digits, _ and -.")
    observing.begin(watching.describe(model, name=called, fields=fields, masked=masked, workspace=workspace))


def unregister(model: type[Model]) -> None:
    """Make no more events of a model; nothing changes when it was not registered."""
    observing.end(model)
