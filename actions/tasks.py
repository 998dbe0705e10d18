"""Messages about connections, handed to services."""

from celery import shared_task

from actions.services import expiring


@shared_task(name="actions.warn_of_expiry", acks_late=False)
def warn_of_expiry() -> None:
    """Tell the admins of workspaces of connections that end."""
    expiring.warn()
