"""Messages about runs, handed to services."""

from typing import Any

from celery import shared_task

from core import publish
from workflows.services import execution, recovery, retention, rollups, stopping
from workflows.services.bulk import working
from workflows.services.flow import closing, lanes
from workflows.services.notifications import delivering, sweeping


@shared_task(name="workflows.execute_action", bind=True)
def execute_action(self: Any, action_run_id: str, *, again: bool = False) -> None:
    """Execute one action, and take those off the chain that were done along with it or whose turn has not come."""
    chain = publish.chained_ids(self.request)
    is_careful = again or publish.is_redelivered(self.request)
    rest = execution.execute(publish.id_of(action_run_id), chain=chain, is_careful=is_careful)
    publish.keep_in_chain(self.request, last=len(rest))


@shared_task(name="workflows.cancel_run")
def cancel_run(run_id: str) -> None:
    """Cancel a run whose parent was."""
    stopping.cancel_child(publish.id_of(run_id))


@shared_task(name="workflows.open_lane")
def open_lane(run_id: str) -> None:
    """Let those go on that wait for this run in its lane."""
    lanes.open_for(publish.id_of(run_id))


@shared_task(name="workflows.sweep", acks_late=False)
def sweep() -> None:
    """Look for what lost messages and dead workers left behind."""
    recovery.sweep()


@shared_task(name="workflows.close_gathering")
def close_gathering(gathering_id: str) -> None:
    """Close a gathering that takes no more."""
    closing.close(publish.id_of(gathering_id))


@shared_task(name="workflows.close_gatherings", acks_late=False)
def close_gatherings() -> None:
    """Close the gatherings that are due."""
    closing.sweep()


@shared_task(name="workflows.deliver_notification")
def deliver_notification(delivery_id: str) -> None:
    """Send one notification."""
    delivering.deliver(publish.id_of(delivery_id))


@shared_task(name="workflows.sweep_notifications", acks_late=False)
def sweep_notifications() -> None:
    """Look for notifications that are due, or that were left behind."""
    sweeping.sweep()


@shared_task(name="workflows.count_hours", acks_late=False)
def count_hours() -> None:
    """Count the runs of hours that are over, and of those that changed since."""
    rollups.fold()


@shared_task(name="workflows.sweep_versions", acks_late=False)
def sweep_versions() -> None:
    """Remove versions that are not kept any more."""
    retention.sweep()


@shared_task(name="workflows.work_repair")
def work_repair(repair_id: str) -> None:
    """Do items of a repair, as many as may be done now."""
    working.work(publish.id_of(repair_id))


@shared_task(name="workflows.sweep_repairs", acks_late=False)
def sweep_repairs() -> None:
    """Look for repairs that are due, or that were left behind."""
    working.sweep()
