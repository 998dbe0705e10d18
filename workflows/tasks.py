"""Messages about runs, handed to services."""

from typing import Any
from uuid import UUID

from celery import shared_task

from core import publish
from workflows.services import execution, recovery, stopping
from workflows.services.notifications import delivering, sweeping


@shared_task(name="workflows.execute_action", bind=True)
def execute_action(self: Any, action_run_id: str, *, again: bool = False) -> None:
    """Execute one action, and take those off the chain that were done along with it or whose turn has not come."""
    chain = publish.chained_ids(self.request)
    is_careful = again or publish.is_redelivered(self.request)
    rest = execution.execute(UUID(action_run_id), chain=chain, is_careful=is_careful)
    publish.keep_in_chain(self.request, last=len(rest))


@shared_task(name="workflows.cancel_run")
def cancel_run(run_id: str) -> None:
    """Cancel a run whose parent was."""
    stopping.cancel_child(UUID(run_id))


@shared_task(name="workflows.sweep", acks_late=False)
def sweep() -> None:
    """Look for what lost messages and dead workers left behind."""
    recovery.sweep()


@shared_task(name="workflows.deliver_notification")
def deliver_notification(delivery_id: str) -> None:
    """Send one notification."""
    delivering.deliver(UUID(delivery_id))


@shared_task(name="workflows.sweep_notifications", acks_late=False)
def sweep_notifications() -> None:
    """Look for notifications that are due, or that were left behind."""
    sweeping.sweep()
