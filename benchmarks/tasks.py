"""The anchor's task: what Celery costs when nothing is kept."""

from celery import shared_task


@shared_task(name="benchmarks.nothing")
def nothing() -> None:
    """Do nothing."""
