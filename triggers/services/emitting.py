"""Events that a program makes by hand: held against the same rules as those that arrive over HTTP, then accepted."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from core import json_values, tenancy
from core.documents import UNSTORABLE
from core.errors import InvalidError, Problem
from core.models import Workspace
from core.redaction import shortening
from triggers.engine import patterns
from triggers.engine.incoming import IncomingEvent
from triggers.services import ingest
from triggers.services.ingest import Accepted

MAX_CHARACTERS = 255  # of an id, a source, a subject


def emit(
    type_: str,
    data: Mapping[str, Any] | None = None,
    *,
    workspace: Workspace | UUID | str | None = None,
    id: str = "",  # noqa: A002  the name that it has in an event
    source: str = "",
    subject: str = "",
    time: datetime | None = None,
) -> Accepted:
    """Accept an event in the transaction of the caller: what is rolled back was never sent. See `workflows.emit`."""
    event = checked(type_, {} if data is None else data, id_=id, source=source, subject=subject, time=time)
    place = _place(workspace)
    with tenancy.scope(place.pk):
        return ingest.accept(event, workspace=place)


def checked(
    type_: str,
    data: Any,
    *,
    id_: str = "",
    source: str = "",
    subject: str = "",
    time: datetime | None = None,
    path: str = "",
) -> IncomingEvent:
    """The event, if it may be accepted; dates, decimals, UUIDs and such in its data become text.

    Raises `InvalidError` with every problem, paths below `path`.
    """
    found = [*_type(type_, path), *_texts({"id": id_, "source": source, "subject": subject}, path), *_time(time, path)]
    plain: Any = {}
    if not isinstance(data, Mapping):
        found.append(Problem(f"{path}/data", "invalid", "Expected an object: data has values by name."))
    else:
        try:
            plain = json_values.convert(data, unknown=json_values.refuse, path=f"{path}/data")
        except InvalidError as error:
            found.extend(error.problems)
        if (size := shortening.size_bytes(plain)) > settings.SEQUITUR_MAX_EVENT_BYTES:
            limit = settings.SEQUITUR_MAX_EVENT_BYTES
            message = f"The data takes {size:,} bytes as JSON; at most {limit:,} are accepted."
            found.append(Problem(f"{path}/data", "too_large", message))
    if found:
        raise InvalidError(f"The event cannot be accepted. {found[0].message}", problems=found)
    return IncomingEvent(type=type_, data=plain, id=id_, source=source, subject=subject, time=time and _in_utc(time))


def _type(type_: object, path: str) -> list[Problem]:
    if isinstance(type_, str) and patterns.is_name(type_):
        return []
    message = f"{ascii(type_)[:100]} is no type of an event: names joined by dots, like lead.created."
    return [Problem(f"{path}/type", "invalid_event_type", message)]


def _texts(texts: Mapping[str, object], path: str) -> list[Problem]:
    found = []
    for name, text in texts.items():
        if not isinstance(text, str) or len(text) > MAX_CHARACTERS or UNSTORABLE.search(text):
            message = f"{name!r} is text of at most {MAX_CHARACTERS} characters that can be stored (no NUL)."
            found.append(Problem(f"{path}/{name}", "invalid", message))
    return found


def _time(time: object, path: str) -> list[Problem]:
    if time is None:
        return []
    try:
        _in_utc(time)  # type: ignore[arg-type]  # that it may be anything is what is asked
    except (AttributeError, TypeError, ValueError, OverflowError):
        return [Problem(f"{path}/time", "invalid", "'time' is a datetime within the years 1 to 9999 of UTC.")]
    return []


def _in_utc(time: datetime) -> datetime:
    """Without a time zone it is UTC, as over HTTP."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _place(workspace: Workspace | UUID | str | None) -> Workspace:
    """The workspace that is given, by its slug or id too; else the one in scope. Raises `InvalidError` and
    `tenancy.NoScopeError`."""
    if isinstance(workspace, Workspace):
        return workspace
    by = {"slug": workspace} if isinstance(workspace, str) else {"pk": workspace or tenancy.current_workspace_id()}
    found = Workspace.objects.filter(**by).first()
    if found is None:
        raise InvalidError(f"There is no workspace {str(workspace)!r}.")
    return found
