"""Messages about runs, handed to services."""

from typing import Any
from uuid import UUID

from celery import shared_task

from workflows.services import execution, recovery


@shared_task(name="workflows.execute_action", bind=True)
def execute_action(self: Any, action_run_id: str) -> None:
    """Execute one action. Unless that queues the next one, the rest of the chain has nothing to do and is dropped."""
    if not execution.execute(UUID(action_run_id)):
        self.request.chain = None


@shared_task(name="workflows.sweep", acks_late=False)
def sweep() -> None:
    """Look for what lost messages and dead workers left behind."""
    recovery.sweep()
