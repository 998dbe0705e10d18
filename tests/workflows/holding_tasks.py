"""Celery tasks that hold a try and do not behave, for workers that tests start. What happened is in the action's row.

`output` becomes `{"code", "by", "pid"}`: with what the try was interrupted, who noticed it, in which process.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core import tenancy
from workflows.models import ActionRun
from workflows.services import holding

GRACE_SECONDS = 1.0
FAR_SECONDS = 60.0


@shared_task(name="tests.sleep")
def sleep(action_run_id: str, attempt: int, timeout_seconds: float, seconds: float) -> None:
    hold(action_run_id, attempt, timeout_seconds=timeout_seconds, work=partial(time.sleep, seconds))


@shared_task(name="tests.swallow_exceptions")
def swallow_exceptions(action_run_id: str, attempt: int, timeout_seconds: float) -> None:
    hold(action_run_id, attempt, timeout_seconds=timeout_seconds, work=partial(swallow_for_ever, Exception))


@shared_task(name="tests.swallow_everything")
def swallow_everything(action_run_id: str, attempt: int, timeout_seconds: float) -> None:
    hold(action_run_id, attempt, timeout_seconds=timeout_seconds, work=partial(swallow_for_ever, BaseException))


def swallow_for_ever(swallowed: type[BaseException]) -> None:
    while True:
        with suppress(swallowed):
            time.sleep(1)


def hold(action_run_id: str, attempt: int, *, timeout_seconds: float, work: Callable[[], object]) -> None:
    """What the executor does around a try. Nothing when the message comes a second time."""
    holding.GRACE_SECONDS = GRACE_SECONDS

    def note(code: str, *, by: str) -> bool:
        output = {"code": code, "by": by, "pid": os.getpid()}
        with tenancy.unscoped("a test"):
            return bool(ActionRun.objects.filter(pk=action_run_id, output__by="start").update(output=output))

    with tenancy.unscoped("a test"):
        started = {"code": "", "by": "start", "pid": os.getpid()}
        lease_until = timezone.now() + timedelta(seconds=settings.SEQUITUR_LEASE_SECONDS)
        new = ActionRun.objects.filter(pk=action_run_id, output__isnull=True)
        if not new.update(output=started, lease_until=lease_until):
            return
    try:
        with holding.held(
            UUID(action_run_id),
            attempt,
            timeout_seconds=timeout_seconds,
            on_overrun=lambda error: note(error.code, by="keeper"),
        ):
            work()
        note("", by="end")
    except holding.InterruptedTryError as error:
        note(error.code, by="block")
