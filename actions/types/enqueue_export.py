"""`enqueue_export`: write records into a file, and send it or keep it."""

import tempfile
from collections.abc import Generator, Mapping
from contextlib import closing
from typing import IO, Any, Literal, cast

from django.core.files.base import File
from django.core.files.storage import storages
from django.utils import timezone
from pydantic import BaseModel, Field

from actions import mail
from actions.base import ActionCall, ActionFailedError, ActionResult, ActionType, Effects
from actions.entities import checking, exporting, filters, rows
from actions.entities.checking import EntityParams
from actions.entities.entity import Actor, Entity
from actions.entities.failures import failed
from actions.entities.once import reading
from actions.entities.registry import find
from actions.models import Export
from actions.registry import register
from core import pointers
from core.errors import Problem
from core.ids import new_id

MAX_MAIL_BYTES = 10 * 1024 * 1024
KEPT_IN_MEMORY_BYTES = 1024 * 1024
STORAGE = "exports"  # of Django's STORAGES: a folder, unless the operator says otherwise


class EnqueueExportParams(EntityParams):
    """Which records, which columns, and where to."""

    export_type: Literal["csv", "jsonl"] = Field("csv", description="A table, or a JSON object on each line.")
    filters: dict[str, Any] = Field({}, description="Fields with values, or lookups: {created_at__gte: 2026-01-01}.")
    order_by: str = Field("", max_length=100, description="A field; with - in front, from the largest to the smallest.")
    columns: list[str] = Field([], max_length=100, description="The fields, in order; by default all.")
    email_to: mail.Mailboxes = Field([], description="Who gets it as an attachment: one address, or a list of them.")
    store: bool = Field(False, description="Keep the file too. One that is sent to nobody is kept anyway.")


class EnqueueExportOutput(BaseModel):
    """The file."""

    export_id: str
    rows: int
    size_bytes: int
    path: str = Field(description="Where it lies in the storage of exports; empty when it was only sent.")
    email_to: list[str]


class EnqueueExport(ActionType[EnqueueExportParams]):
    """The file may be written again by another attempt, over the first. The mail is not: that it is being sent is
    written down before, so a lost worker leaves an outcome that nobody knows, and never a second mail.
    """

    key = "enqueue_export"
    title = "Export records"
    description = "Write the records for which filters hold into a file, and send it or keep it."
    category = "records"
    icon = "download"
    effects = Effects.KEYED
    params_model = EnqueueExportParams
    output_model = EnqueueExportOutput
    aliases = ("export_records",)
    allows_fast_forward = False

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        found = [*checking.check_entity(params, path=path)]
        entity, names = checking.entity_of(params), params.get("columns")
        for index, name in enumerate(names if isinstance(names, list) else ()):
            found += checking.check_field(entity, name, path=pointers.join(path, "columns", index))
        return [*found, *filters.check(params, path=path, action_type=self.key)]

    def perform(self, params: EnqueueExportParams, call: ActionCall) -> ActionResult:
        entity, actor = find(params.entity_type), Actor(self.key, call.role)
        columns = _columns(entity, params, actor)
        export = _begun(params, call)
        if not _is_done(export, params):
            with tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY_BYTES) as spooled:
                file = cast("IO[bytes]", spooled)
                with reading(call):
                    found = filters.apply(entity, params.filters, actor)
                    found = filters.ordered(entity, found, params.order_by, actor)
                    # Closed here: a cursor that the garbage collector closes would wait for its own connection.
                    with closing(
                        cast("Generator[Any, None, None]", found.iterator(chunk_size=exporting.CHUNK_ROWS))
                    ) as each:
                        export.rows, export.size_bytes = exporting.write(
                            file, each, entity=entity, columns=columns, actor=actor, kind=params.export_type
                        )
                _keep(export, file, is_stored=params.store or not params.email_to)
                if params.email_to:
                    _send(export, file, params, call)
        output = {"export_id": str(export.pk), "rows": export.rows, "size_bytes": export.size_bytes}
        usage: dict[str, int | float] = {"emails_sent": len(params.email_to)} if params.email_to else {}
        return ActionResult(output={**output, "path": export.path, "email_to": params.email_to}, usage=usage)


def _columns(entity: Entity, params: EnqueueExportParams, actor: Actor) -> list[str]:
    """The attributes that are written. Raises `ActionFailedError` for one that is none, or not for this role."""
    if not params.columns:
        return [each for each in entity.known() if each in entity.masked or actor.may_read(entity, each)]
    chosen = [rows.attribute_of(entity, name) for name in params.columns]
    for each in chosen:
        if each not in entity.masked:
            filters.readable(entity, each, actor)
    return chosen


def _begun(params: EnqueueExportParams, call: ActionCall) -> Export:
    """The row of this export: the same for every attempt. Raises when the one before was lost while it sent."""
    defaults = {"id": new_id(), "entity_type": params.entity_type, "export_type": params.export_type}
    export, _ = Export.objects.get_or_create(
        workspace_id=call.workspace_id, key=call.idempotency_key, defaults=defaults
    )
    if export.sending_at and not export.sent_at:
        raise _lost()
    return export


def _is_done(export: Export, params: EnqueueExportParams) -> bool:
    return export.sent_at is not None or bool(export.path and not params.email_to)


def _keep(export: Export, file: IO[bytes], *, is_stored: bool) -> None:
    """Store the file, in the place of one that an earlier attempt left, and write down what it is.

    Concurrency: of two attempts at once, the file of the first to write down its own stays; the other one's goes.
    """
    storage, before, path = storages[STORAGE], export.path, ""
    if is_stored:
        # Nothing is deleted before: another attempt may be writing it. A second file gets a name of its own.
        name = f"{export.workspace_id}/{export.pk}.{export.export_type}"
        file.seek(0)
        path = storage.save(name, File(file))
    unchanged = Export.objects.filter(pk=export.pk, path=before)
    is_first = unchanged.update(rows=export.rows, size_bytes=export.size_bytes, path=path)
    export.refresh_from_db(fields=["rows", "size_bytes", "path"])
    unwanted = before if is_first else path
    if unwanted and unwanted != export.path:
        storage.delete(unwanted)


def _send(export: Export, file: IO[bytes], params: EnqueueExportParams, call: ActionCall) -> None:
    """Hand the mail over once. A failure that says that nothing was sent lets the next attempt send it."""
    if export.size_bytes > MAX_MAIL_BYTES:
        text = f"The export has {export.size_bytes:,} bytes; at most {MAX_MAIL_BYTES:,} are sent by mail. Use `store`."
        raise failed("export_too_large", text)
    name = f"{export.entity_type}-{export.created_at:%Y-%m-%d}.{export.export_type}"
    message = mail.compose(
        to=params.email_to,
        subject=f"Export of {export.rows} records: {export.entity_type}",
        text=f"The export that you asked for is attached: {name}, {export.rows} records.",
        idempotency_key=call.idempotency_key,
        run_id=call.run_id,
    )
    file.seek(0)
    message.attach(name, file.read(), exporting.MEDIA_TYPES[export.export_type])
    if not _is_mine(export, params):
        raise _lost()
    try:
        mail.deliver(message, timeout_seconds=call.timeout_seconds)
    except ActionFailedError as error:
        if not error.is_outcome_unknown:
            export.sending_at = None
            export.save(update_fields=["sending_at"])
        raise
    export.sent_at = timezone.now()
    export.save(update_fields=["sent_at"])


def _is_mine(export: Export, params: EnqueueExportParams) -> bool:
    """Write down that it is being sent. Concurrency: of an attempt whose lease ended and the one after it, one sends;
    who wrote the file first does not matter."""
    export.email_to, export.sending_at = params.email_to, timezone.now()
    unsent = Export.objects.filter(pk=export.pk, sending_at=None)
    return bool(unsent.update(email_to=export.email_to, sending_at=export.sending_at))


def _lost() -> ActionFailedError:
    text = "Another attempt sent the export, or was lost while it did; it may have arrived, and is not sent again."
    return ActionFailedError("outcome_unknown", text, is_retryable=False, is_outcome_unknown=True)


register(EnqueueExport())
