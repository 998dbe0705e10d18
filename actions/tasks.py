"""Messages of the clock, handed to the code that does the work."""

from celery import shared_task

from actions import effects, key_values
from actions.services import expiring
from core import tenancy


@shared_task(name="actions.warn_of_expiry", acks_late=False)
def warn_of_expiry() -> None:
    """Tell the admins of workspaces of connections that end."""
    expiring.warn()


@shared_task(name="actions.sweep_values", acks_late=False)
def sweep_values() -> None:
    """Delete kept values that have expired, and notes of effects that nobody asks for any more."""
    with tenancy.unscoped("values expire in every workspace"):
        key_values.sweep()
        effects.sweep()
