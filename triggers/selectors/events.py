"""Read events."""

from core.errors import NotFoundError
from core.ids import uuid_or_none
from triggers.models import Event


def find(id_: str) -> Event:
    """An event of the workspace in scope by our `uid` or the sender's `id`, the newest where several sources used it.

    Raises `NotFoundError`.
    """
    uid = uuid_or_none(id_)
    rows = Event.objects.select_related("workspace")
    row = (uid and rows.filter(pk=uid).first()) or rows.filter(event_id=id_).first()
    if row is None:
        raise NotFoundError(f"There is no event {id_[:64]!r} in this workspace.")
    return row
