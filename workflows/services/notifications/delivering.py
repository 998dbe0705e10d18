"""Send one notification: claim, fill in, hand over, record. No transaction is open while anything is sent.

| a crash right after | means |
|---|---|
| the claim | the lease ends, and the row is queued again: nothing was sent |
| it was gathered | it goes out with the digest |
| the message was stored, `is_handed_over` | the lease ends; it is sent again if the channel recognises a message that comes twice, and else it has failed with `outcome_unknown`: a person may replay it |
| the record | nothing: it was sent, once |

Every write is conditional on (pending, the same attempt). Nothing that happens here changes the run.
"""  # noqa: E501  a row of a table

import random
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from actions.base import ActionCall, ActionFailedError
from actions.channels.base import Channel, Notice, Receipt
from actions.channels.registry import channels
from actions.messages import Message
from actions.services import connections
from core import tenancy
from core.ids import new_id
from core.redaction import Redactor
from workflows.definitions.document import Notification
from workflows.engine import notices, retry
from workflows.engine.notices import DeliveryStatus, NotifyOn
from workflows.models import NotificationDelivery, Run
from workflows.selectors import waiting
from workflows.services import holding, versions
from workflows.services.holding import TimedOutError
from workflows.services.notifications import grouping, rendering, telling
from workflows.services.notifications.grouping import held
from workflows.services.notifications.rendering import Rendering
from workflows.services.versions import Published

log = structlog.get_logger(__name__)

Json = dict[str, Any]

TIMEOUT_SECONDS = 30.0
KEPT_BYTES = 16 * 1024  # of a request, a response: people read them
EXPANDED = 1000  # the places of addresses that one template gave, behind those that are written


class NothingToTellError(Exception):
    """There is nobody to tell, or nothing any more."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def deliver(delivery_id: UUID) -> None:
    """Send a notification that waits for a worker. Does nothing to any other: safe to call any number of times."""
    row = _claim(delivery_id)
    if row is None:
        return
    with tenancy.scope(row.workspace_id):
        _Delivery(row).try_once()


def _claim(delivery_id: UUID) -> NotificationDelivery | None:
    with tenancy.unscoped("the message names a notification, and the notification its workspace"):
        rows = NotificationDelivery.objects.filter(pk=delivery_id)
        ready = rows.filter(status=DeliveryStatus.PENDING, due_at=None, lease_until=None)
        lease_until = Now() + timedelta(seconds=2 * TIMEOUT_SECONDS + settings.SEQUITUR_LEASE_SECONDS)
        if not ready.update(attempt=F("attempt") + 1, lease_until=lease_until, hinted_at=None):
            return None
        return rows.select_related("workflow", "run__version", "action_run__run").get()


class _Delivery:
    """One try of one row."""

    def __init__(self, row: NotificationDelivery) -> None:
        self.row = row
        self.began_at = timezone.now()
        self.redactor = Redactor()

    def try_once(self) -> None:
        """Whatever goes wrong is recorded; but for the database's errors, which say nothing about the message."""
        try:
            receipt = self._send()
        except DatabaseFailure:
            raise
        except NothingToTellError as error:
            self._end(DeliveryStatus.SKIPPED, error={"code": error.code, "message": str(error)})
        except ActionFailedError as error:
            self._failed(error)
        except TimedOutError:  # a server that answers a byte at a time keeps every time-out of a socket
            text = f"It was not handed over within {2 * TIMEOUT_SECONDS:g} seconds; it may have arrived."
            self._failed(ActionFailedError("outcome_unknown", text, is_retryable=False, is_outcome_unknown=True))
        except Exception as error:
            log.exception("notification failed", notification_id=str(self.row.pk))
            text = f"The channel failed in a way it does not know: {type(error).__name__}: {error}"
            self._failed(ActionFailedError("internal", text, is_retryable=False))
        else:
            if receipt is not None:
                self._end(DeliveryStatus.SENT, receipt=receipt)

    def _send(self) -> Receipt | None:
        """None when it is not to be sent now."""
        row = self.row
        channel = channels.find(row.channel)
        if channel is None:
            text = f"The channel {row.channel!r} is not installed here any more."
            raise ActionFailedError("unknown_channel", text, is_retryable=False)
        run = _run(row)
        published = versions.load(run.version_id)
        message = _stored(row) or self._digest() or self._own(channel, run, published)
        if message is None or not self._hand_over(message):
            return None
        notice = Notice(
            to=row.to,
            subject=message.subject,
            text=message.text,
            html=message.html,
            link=rendering.link_of(run) or "",
            connection=row.connection or None,
        )
        call = self._call(run, published)
        with holding.bounded(timeout_seconds=2 * TIMEOUT_SECONDS):  # what it waits for, and what it sends
            return channel.deliver(notice, call)

    def _digest(self) -> Message | None:
        if not self.row.is_digest:
            return None
        found = grouping.gathered(self.row)
        return grouping.message(self.row, found, title=self.row.workflow.name)

    def _own(self, channel: Channel, run: Run, published: Published) -> Message | None:
        """The message of a row of its own; None when it goes out with others."""
        row = self.row
        policy = published.plan.policy(row.policy)
        if policy is None:
            raise ActionFailedError("unknown_policy", "The definition has no such policy.", is_retryable=False)
        if _is_decided(row, policy.part):
            raise NothingToTellError("decided", "It was decided before it was time to remind anybody.")
        words = Rendering(row, run, published, policy.part)
        if not row.to:
            self._address(words.addresses(channel, now=self.began_at))
        if grouping.gather(row, seconds=policy.part.window_seconds):
            return None
        return words.message(now=self.began_at)

    def _address(self, found: list[str]) -> None:
        """The first address is this row's; each of the others gets a row."""
        if not found:
            raise NothingToTellError("no_recipient", "The template of `to` gave no address.")
        row = self.row
        row.to, rest = found[0], found[1:]
        with transaction.atomic():
            held(row).update(to=row.to)
            more = [_beside(row, to, number) for number, to in enumerate(rest)]
            if more:
                NotificationDelivery.objects.bulk_create(more, ignore_conflicts=True)
                telling.hint(more)

    def _hand_over(self, message: Message) -> bool:
        """Store what is sent, before it is sent. False when somebody else has the row by now."""
        row = self.row
        row.subject, row.text, row.html = message.subject, message.text, message.html
        columns = {"subject": row.subject, "text": row.text, "html": row.html, "to": row.to, "is_handed_over": True}
        return bool(held(row).update(**columns))

    def _call(self, run: Run, published: Published) -> ActionCall:
        return ActionCall(
            workspace_id=self.row.workspace_id,
            run_id=run.pk,
            action_key=self.row.policy,
            attempt=self.row.attempt,
            idempotency_key=str(self.row.pk),
            timeout_seconds=TIMEOUT_SECONDS,
            context={},
            redactor=self.redactor,
            connections=connections.Opener(self._learn, role=published.role),
            role=published.role,
        )

    def _learn(self, values: Collection[str]) -> None:
        self.redactor.learn(values)

    def _failed(self, error: ActionFailedError) -> None:
        """Another try follows, or it has failed for good."""
        channel = channels.find(self.row.channel)
        may_repeat = not error.is_outcome_unknown or (channel is not None and channel.may_repeat)
        wait_seconds = retry.delay_seconds(
            notices.RETRY,
            attempt=self.row.attempt,
            code=error.code,
            is_retryable=(error.is_retryable or error.is_outcome_unknown) and may_repeat,
            retry_after_seconds=error.retry_after_seconds,
            random=random.random(),  # noqa: S311  spreads retries, guards nothing
        )
        told = {"code": error.code, "message": error.message}
        seen = Receipt(request=error.request, response=error.response)
        if wait_seconds is None:
            self._end(DeliveryStatus.FAILED, error=told, receipt=seen)
        else:
            due_at = timezone.now() + timedelta(seconds=wait_seconds)
            self._end(DeliveryStatus.PENDING, error=told, receipt=seen, due_at=due_at)

    def _end(
        self,
        status: DeliveryStatus,
        *,
        error: Json | None = None,
        receipt: Receipt | None = None,
        due_at: datetime | None = None,
    ) -> None:
        now, error = timezone.now(), self._shown(error)
        attempt = {
            "number": self.row.attempt,
            "outcome": "failed" if status is DeliveryStatus.PENDING else status.value,
            "started_at": self.began_at.isoformat(),
            "finished_at": now.isoformat(),
            "error": error,
            "request": self._shown(receipt.request if receipt else None),
            "response": self._shown(receipt.response if receipt else None),
        }
        recorded = held(self.row).update(
            status=status,
            error=error,
            attempts=[*self.row.attempts, attempt],
            due_at=due_at,
            lease_until=None,
            is_handed_over=status is DeliveryStatus.SENT,
            sent_at=now if status is DeliveryStatus.SENT else None,
        )
        log.info("notification tried", notification_id=str(self.row.pk), status=status.value, recorded=bool(recorded))

    def _shown(self, value: Json | None) -> Any:
        return None if value is None else self.redactor.clean(value, max_bytes=KEPT_BYTES)


def _run(row: NotificationDelivery) -> Run:
    """The run of a row; of a digest, the first that it tells of."""
    if row.run is not None:
        return row.run
    first = row.gathered.select_related("run__version").order_by("id").first()
    if first is None or first.run is None:
        raise NothingToTellError("nothing_gathered", "What it was to tell of is not stored any more.")
    return first.run


def _stored(row: NotificationDelivery) -> Message | None:
    """What an earlier try sent, or tried to; a replay has what was sent before."""
    return Message(subject=row.subject, text=row.text, html=row.html) if row.text and row.to else None


def _is_decided(row: NotificationDelivery, part: Notification) -> bool:
    """Whether it would ask, late, for a decision that was taken."""
    is_late = part.delay_seconds > 0 and row.trigger == NotifyOn.NEEDS_DECISION and not row.replayed_by
    return is_late and row.action_run is not None and not waiting.choices(row.action_run)


def _beside(row: NotificationDelivery, to: str, number: int) -> NotificationDelivery:
    """A row like this one, to another address that the same template gave."""
    now = timezone.now()
    same = ("workspace_id", "workflow_id", "run_id", "action_run_id", "policy", "trigger", "occurrence", "channel",
            "connection", "about", "replayed_by")  # fmt: skip
    columns = {name: getattr(row, name) for name in same}
    place = EXPANDED * (row.place + 1) + number
    return NotificationDelivery(id=new_id(), place=place, to=to, hinted_at=now, created_at=now, **columns)
