"""What controls count, locked while they are asked: whoever comes at the same time waits, and sees what was counted."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Collate, Now
from django.utils import timezone

from core import tenancy
from core.documents import UNSTORABLE
from core.ids import new_id
from workflows.models import FlowState

Json = dict[str, Any]

MAX_LABEL = 200
MAX_KEY_CHARACTERS = 1000
KEPT_LONGER = timedelta(minutes=1)  # than it has to be, since clocks differ
KEPT_UNUSED = timedelta(hours=1)  # one that was locked, and in which nothing was counted then


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What is counted together: under a control of a workflow (None: of the workspace), by the text of its key."""

    workflow_id: UUID | None
    control: str
    text: str

    @property
    def digest(self) -> str:
        """Keys may be long, and hold what people would not have in an index."""
        return hashlib.blake2b(self.text.encode(), digest_size=16).hexdigest()


def bounded(text: str) -> str:
    """The text of a key, in the place of a longer one its beginning and a digest of all of it: as different as that.

    Keys are kept, compared and shown, and an event may make one of 256 kB. PostgreSQL has no room for NUL, and none
    for half a surrogate pair: in their place stands what says that something did.
    """
    clean = UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    if clean == text and len(text) <= MAX_KEY_CHARACTERS:
        return text
    whole = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return f"{clean[: MAX_KEY_CHARACTERS - len(whole) - 1]}…{whole}"


@dataclass(slots=True)
class State:
    """What is counted under a key. A control changes `values` and `expires_at`, and then calls `touch`.

    `memory` is what it knows for this call only; it is not stored.
    """

    key: Key
    values: Json = field(default_factory=dict)
    expires_at: datetime | None = None
    is_changed: bool = False
    memory: Json = field(default_factory=dict)

    def touch(self, *, expires_at: datetime | None) -> None:
        """It was changed, and may be forgotten then."""
        self.is_changed, self.expires_at = True, expires_at


Address = tuple[UUID | None, str, str]  # of a row: its workflow, control and digest


def locked(keys: Collection[Key]) -> dict[Key, State]:
    """What is counted under each of the keys in the workspace in scope, made where there was nothing yet.

    Concurrency: locks the rows until the transaction ends, in one order here and everywhere. Ask for all keys of a
    transaction at once. Locks of runs and of those who wait are taken before.
    """
    asked = {(key.workflow_id, key.control, key.digest): key for key in keys}
    rows = _locked_rows({address: key.text[:MAX_LABEL] for address, key in asked.items()})
    return {asked[address]: State(asked[address], row.state, row.expires_at) for address, row in rows.items()}


def locked_again(workflow_id: UUID, digests: Collection[tuple[str, str]]) -> dict[str, FlowState]:
    """The rows of a workflow for these pairs of a control and a digest, one for each control, locked as by `locked`.

    For those who come after the gate, and know no text of a key. A row that was forgotten meanwhile is made again.
    """
    rows = _locked_rows({(workflow_id, control, digest): "" for control, digest in digests})
    return {control: row for (_, control, _), row in rows.items()}


def _locked_rows(labels: Mapping[Address, str]) -> dict[Address, FlowState]:
    """The rows, made with these labels where there were none, in their order."""
    missing = dict(sorted(labels.items(), key=lambda item: (str(item[0][0] or ""), *item[0][1:])))
    found: dict[Address, FlowState] = {}
    while missing:  # again for one that `forget_over` deletes between the two statements
        _make(missing)
        found |= _lock(missing)
        missing = {address: label for address, label in missing.items() if address not in found}
    return found


def _make(labels: Mapping[Address, str]) -> None:
    """Rows for those that have none. Whoever counts in one says how long that counts; of one in which nobody does,
    because another control refused the start, nothing would be left for ever but the row."""
    workspace_id, over_at = tenancy.current_workspace_id(), timezone.now() + KEPT_UNUSED
    FlowState.objects.bulk_create(
        [
            FlowState(
                id=new_id(),
                workspace_id=workspace_id,
                workflow_id=workflow_id,
                control=control,
                key=digest,
                label=label,
                expires_at=over_at,
            )
            for (workflow_id, control, digest), label in labels.items()
        ],
        ignore_conflicts=True,
    )


def _lock(addresses: Collection[Address]) -> dict[Address, FlowState]:
    workflows, controls, digests = (set(each) for each in zip(*addresses, strict=True))
    rows = FlowState.objects.filter(
        Q(workflow_id__in=workflows - {None}) | Q(workflow_id=None), control__in=controls, key__in=digests
    )
    found = {
        (row.workflow_id, row.control, row.key): row for row in rows.select_for_update(no_key=True).order_by(*_ORDER)
    }
    return {address: row for address, row in found.items() if address in addresses}


# That of Python, so that rows are made and locked in the same one.
_ORDER = (F("workflow_id").asc(nulls_first=True), Collate("control", "C"), Collate("key", "C"))


def save(states: Collection[State]) -> None:
    """Store those that were changed."""
    for state in states:
        if state.is_changed:
            own = FlowState.objects.filter(control=state.key.control, key=state.key.digest)
            workflow_id = state.key.workflow_id
            own = own.filter(workflow=None) if workflow_id is None else own.filter(workflow_id=workflow_id)
            own.update(state=state.values, expires_at=state.expires_at)


def forget_over(*, at_most: int) -> int:
    """Delete states whose time is over, of all workspaces; returns how many.

    Concurrency: those that somebody is asking about are left for the next time.
    """
    with tenancy.unscoped("one sweep serves all workspaces"), transaction.atomic():
        over = FlowState.objects.filter(expires_at__lt=Now() - KEPT_LONGER).order_by("expires_at")
        ids = list(over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:at_most])
        FlowState.objects.filter(pk__in=ids).delete()
    return len(ids)
