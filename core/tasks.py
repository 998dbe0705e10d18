"""What is to be done every few seconds about dead letters, and about answers that are kept for a day."""

from celery import shared_task

from core.services import answers, collecting, redriving


@shared_task(name="core.collect_dead_letters", acks_late=False)
def collect_dead_letters() -> None:
    """Make rows of what is in the broker's dead-letter queues."""
    collecting.collect()


@shared_task(name="core.sweep_dead_letters", acks_late=False)
def sweep_dead_letters() -> None:
    """Try letters again whose time has come."""
    redriving.sweep()


@shared_task(name="core.sweep_answers", acks_late=False)
def sweep_answers() -> None:
    """Forget the answers to requests with an `Idempotency-Key` that have expired."""
    answers.sweep()
