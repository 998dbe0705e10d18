"""The class of all tasks, those of plugins too, and of the requests that the worker makes of their messages.

Both are named in `config.celery`. A call with wrong arguments is rejected: it would fail each time.
"""

from typing import Any

import structlog
from celery import Task as CeleryTask
from celery.exceptions import Reject, WorkerLostError
from celery.worker import request as celery_request
from django.conf import settings

from core.publish import MalformedHintError
from core.worker import diagnosis, headers, parking, requeueing
from core.worker.diagnosis import Cause

log = structlog.get_logger(__name__)


class Task(CeleryTask):  # type: ignore[type-arg]  # generic in the stubs alone
    """Rejects calls that nobody can mean. Whatever else a task raises is its own failure."""

    abstract = True
    Request = "core.worker.tasks:Request"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.run(*args, **kwargs)
        except MalformedHintError as error:
            raise _rejection(error) from error
        except TypeError as error:
            if diagnosis.takes(self.run, args, kwargs):
                raise
            raise _rejection(error) from error


def _rejection(error: Exception) -> Reject:
    cause: Any = Cause("wrong_arguments", str(error)[:500])  # any value, for whoever handles it: `Request`
    return Reject(cause, requeue=False)


class Request(celery_request.Request):
    """A message that is being worked on, in the worker's main process."""

    _is_lost = False
    _cause: Cause | None = None

    def on_failure(self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False) -> None:
        """Remember why, for when Celery says what becomes of the message (`reject`)."""
        error: Any = exc_info.exception
        error = getattr(error, "exc", error)
        self._is_lost = isinstance(error, WorkerLostError | SystemExit | KeyboardInterrupt)
        if isinstance(cause := getattr(error, "reason", None), Cause):
            self._cause = cause
        super().on_failure(exc_info, send_failed_event=send_failed_event, return_ok=return_ok)

    def reject(self, requeue: bool = False) -> None:
        """Take the message out of its queue: 1. to be tried again, counted; 2. for good, kept as dead.

        Where the broker does not take what replaces it, it goes back to its queue as it is.
        """
        if self.acknowledged:
            return None
        app: Any = self.app
        deaths = headers.deaths(self.message.headers) + 1
        is_over = self._is_lost and deaths >= settings.SEQUITUR_MAX_MESSAGE_DEATHS
        try:
            if requeue and not is_over:
                if not self._is_lost:
                    return super().reject(requeue=True)
                requeueing.send(app, self.message, deaths=deaths)  # 1
            else:
                cause = requeueing.killed(deaths) if is_over else self._cause
                cause = cause or Cause("rejected", "Its task rejected it.")
                parking.copy(app, self.message, cause, queue=str(self.delivery_info["routing_key"]))  # 2
        except Exception:
            log.exception("message goes back to its queue", task=self.name)
            return super().reject(requeue=True)
        return self.acknowledge()
