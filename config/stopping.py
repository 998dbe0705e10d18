"""How a worker stops: SIGTERM, a while to finish what it holds, then what is left is interrupted and handed back.

Celery's warm shutdown (SIGTERM) takes no more messages and waits for its pool processes for as long as they take. Its
soft shutdown (`worker_soft_shutdown_timeout`) bounds that, but belongs to the cold one: it ends the pool processes with
SystemExit at any instruction, the COMMIT of an outcome included, and the worker with an error. So the warm one stays,
and the pool processes are told until when they have; they end what they hold at a place where that does no harm.
"""

from celery import signals


def connect() -> None:
    """Listen to Celery's signal; without a worker this does nothing."""
    signals.worker_shutting_down.connect(tell_pool)


def tell_pool(**_: object) -> None:
    """Called in the worker's main process, in the handler of the signal that stops it."""
    from django.conf import settings

    from workflows.services import holding

    holding.stop(within_seconds=settings.SEQUITUR_STOP_SECONDS)
