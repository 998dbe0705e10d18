"""Bring everything that is encrypted at rest under the newest key, so that the older ones can be taken away."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db import transaction

from core import tenancy
from core.models import WorkspaceRow
from core.secret_box import SecretBox, UnreadableSecretError

BATCH = 200


@dataclass(slots=True)
class Count:
    """What became of one column. `unreadable` ones stay as they are."""

    column: str
    rotated: int = 0
    current: int = 0
    unreadable: int = 0


def rotate() -> Iterator[Count]:
    """Re-encrypt each column of secrets that any app has (`WorkspaceRow.encrypted_fields`); one count for each.

    Safe to repeat and to interrupt: what is under the newest key is left alone. Concurrency: a transaction holds
    at most `BATCH` rows, and a token that somebody stored meanwhile is left alone: it is under the newest key.
    """
    box = SecretBox(settings.SEQUITUR_ENCRYPTION_KEYS)
    with tenancy.unscoped("keys are those of the whole server"):
        for model in apps.get_models():
            if issubclass(model, WorkspaceRow):
                for field in model.encrypted_fields:
                    yield _rotate_column(model, field, box)


def _rotate_column(model: type[WorkspaceRow], field: str, box: SecretBox) -> Count:
    count, last = Count(f"{model._meta.label}.{field}"), None  # noqa: SLF001  documented by Django
    while True:
        rows = model.objects.exclude(**{field: ""}).order_by("pk")
        batch = list((rows.filter(pk__gt=last) if last else rows).values_list("pk", field)[:BATCH])
        if not batch:
            return count
        with transaction.atomic():
            for pk, token in batch:
                _rotate(model, field, box, pk=pk, token=token, count=count)
        last = batch[-1][0]


def _rotate(model: type[WorkspaceRow], field: str, box: SecretBox, *, pk: object, token: str, count: Count) -> None:
    if box.is_current(token):
        count.current += 1
        return
    try:
        rotated = box.rotate(token)
    except UnreadableSecretError:
        count.unreadable += 1
        return
    count.rotated += model.objects.filter(**{"pk": pk, field: token}).update(**{field: rotated})
