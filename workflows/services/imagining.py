"""Events as they could come: they are stored nowhere."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from core.ids import new_id
from core.models import Workspace
from triggers.models import Event

Json = dict[str, Any]

NOBODY = UUID(int=0)


def imagine(
    *, type_: str, data: Json, subject: str = "", source: str = "", workspace: Workspace, now: datetime
) -> Event:
    """An event with an id of its own."""
    uid = new_id()
    return Event(
        id=uid,
        workspace=workspace,
        source=source or workspace.slug,
        event_id=str(uid),
        type=type_,
        subject=subject,
        time=now,
        data=data,
        received_at=now,
    )


def imagine_again(
    *, type_: str, data: Json, workspace: Workspace, now: datetime, id_: str = "", subject: str = "", source: str = ""
) -> Event:
    """The same, with the same ids each time: what is made of them does not differ from test to test."""
    event = imagine(type_=type_, data=data, subject=subject, source=source, workspace=workspace, now=now)
    event.id = uuid5(NOBODY, "event")
    event.event_id = id_ or str(event.id)
    return event
