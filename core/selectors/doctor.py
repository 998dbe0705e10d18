"""Look whether an installation can work: one finding for each part, with what to do. Changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q
from django.utils import timezone

from core import publish, tenancy
from core.errors import SequiturError
from core.models import WorkspaceRow
from core.row_security import policies
from core.secret_box import SecretBox, key_id
from core.selectors import health
from core.selectors.health import SILENT_AFTER, Health

MOST_SKEW = timedelta(seconds=2)  # waits and leases are reckoned by the database, logs and signatures by processes
LONG_QUEUE = 10_000
HEARTBEAT = f"{SILENT_AFTER.seconds} s"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part: `ok`, `warning` or `fault`; for the last two, what to do."""

    part: str
    state: str
    said: str
    todo: str = ""


def examine() -> list[Finding]:
    """All parts, in the order in which they need each other. Without the database nothing else can be looked at but
    the broker and the keys."""
    database = _guarded("database", _database)
    found = [database]
    if database.state == "fault":
        return [*found, _broker(publish.lengths()), _keys(is_all=False)]
    found += [_guarded(name, look) for name, look in (("migrations", _migrations), ("row security", _walls))]
    found.append(_guarded("clock", _clock))
    return [*found, *_at_work(), _guarded("encryption keys", _keys)]


def _guarded(part: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        return Finding(
            part, "fault", f"PostgreSQL says: {reason.rstrip('.')}.", "Check DATABASE_URL, and that PostgreSQL runs."
        )


def _database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        [version] = cursor.fetchone() or [""]
    return Finding("database", "ok", f"PostgreSQL {version} answers.")


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    left = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not left:
        return Finding("migrations", "ok", "All are applied.")
    first = left[0][0]
    said = f"{len(left)} are not applied, the first is {first.app_label}.{first.name}."
    return Finding("migrations", "fault", said, "Run manage.py migrate.")


def _walls() -> Finding:
    if settings.SEQUITUR_ROW_SECURITY == "off":
        todo = "Set SEQUITUR_ROW_SECURITY=on (docs/security.md)."
        return Finding("row security", "warning", "PostgreSQL does not keep workspaces apart.", todo)
    if missing := policies.missing():
        said = f"{len(missing)} parts are missing, the first is {missing[0]}."
        return Finding("row security", "fault", said, "Run manage.py row_security --apply.")
    return Finding("row security", "ok", "PostgreSQL keeps workspaces apart.")


def _clock() -> Finding:
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [there] = cursor.fetchone() or [before]
    after = timezone.now()
    return skew_of(there, before=before, after=after)


def skew_of(there: datetime, *, before: datetime, after: datetime) -> Finding:
    """How far the database's clock is from ours, between two looks at ours: no more than that can be known."""
    behind, ahead = before - there, there - after
    skew = max(behind, ahead, timedelta(0))
    said = f"The database is {skew.total_seconds():.1f} s {'behind' if behind > ahead else 'ahead of'} this machine."
    if skew > MOST_SKEW:
        return Finding("clock", "fault", said, "Let both machines follow a time server (NTP).")
    return Finding("clock", "ok", f"The database's clock is that of this machine, to {MOST_SKEW.seconds} s.")


def _at_work() -> Iterator[Finding]:
    try:
        with tenancy.unscoped("of the whole server"):
            found, now = health.read(), timezone.now()
    except DatabaseError:
        yield Finding("workers", "fault", "Their signs of life cannot be read.", "Run manage.py migrate.")
        return
    yield _broker(found.queues)
    yield _workers(found, now=now)
    yield _beat(found, now=now)
    if found.unreadable:
        said = f"{found.unreadable:,} messages of no workspace could not be read."
        yield Finding("messages", "warning", said, "Run manage.py dead_letters list --kind message.")


def _broker(queues: dict[str, int] | None) -> Finding:
    if queues is None:
        return Finding("broker", "fault", "It does not answer.", "Check CELERY_BROKER_URL, and that the broker runs.")
    said = "It answers; waiting: " + ", ".join(f"{name} {number:,}" for name, number in sorted(queues.items()))
    if max(queues.values(), default=0) > LONG_QUEUE:
        return Finding("broker", "warning", said, "Start more workers for the longest queue (docs/execution.md).")
    return Finding("broker", "ok", said)


def _workers(found: Health, *, now: datetime) -> Finding:
    alive = [name for name, at in found.workers if not found.is_silent(at, now=now)]
    if not alive:
        todo = (
            "Start one: celery -A config worker. One that runs does not reach the broker or the database: see its log."
        )
        return Finding("workers", "fault", f"None was heard of for {HEARTBEAT}.", todo)
    silent = len(found.workers) - len(alive)
    said = f"{len(alive)} at work" + (f"; {silent} of the last day are silent." if silent else ".")
    return Finding("workers", "ok", said)


def _beat(found: Health, *, now: datetime) -> Finding:
    if found.is_silent(found.beat_at, now=now):
        said = f"No tick was done for {HEARTBEAT}: schedules, waits and retries stand still."
        return Finding(
            "beat", "fault", said, "Start it: celery -A config beat; and a worker for the queue maintenance."
        )
    return Finding("beat", "ok", "It ticks.")


def _keys(*, is_all: bool = True) -> Finding:
    """Whether they are keys; with `is_all`, whether everything that is encrypted was encrypted with them."""
    todo = "Set SEQUITUR_ENCRYPTION_KEYS, the newest first, as it was when secrets were stored (docs/connections.md)."
    try:
        SecretBox(settings.SEQUITUR_ENCRYPTION_KEYS)
    except SequiturError as error:
        return Finding("encryption keys", "fault", error.detail, todo)
    current, *older = map(key_id, settings.SEQUITUR_ENCRYPTION_KEYS)
    if not is_all:
        return Finding("encryption keys", "ok", "They are keys; what they open was not looked at.")
    if table := _sealed_otherwise([current, *older]):
        return Finding("encryption keys", "fault", f"Rows of {table} were encrypted with another key.", todo)
    if older and not _sealed_otherwise([current]):
        said = f"Nothing needs the {len(older)} older keys any more."
        return Finding("encryption keys", "ok", said, "They may be taken away.")
    if older:
        return Finding("encryption keys", "ok", "Older keys are in use.", "Run manage.py rotate_keys.")
    return Finding("encryption keys", "ok", "All secrets are under the one there is.")


def _sealed_otherwise(keys: list[str]) -> str:
    """A column that has a token of none of these keys; "" for no such column."""
    with tenancy.unscoped("keys are those of the whole server"):
        for model, field in _encrypted():
            known = Q(**{field: ""})
            for each in keys:
                known |= Q(**{f"{field}__startswith": f"{each}."})
            if model.objects.exclude(known).exists():
                return f"{model._meta.label}.{field}"  # noqa: SLF001  documented by Django
    return ""


def _encrypted() -> Iterator[tuple[type[WorkspaceRow], str]]:
    for model in apps.get_models():
        if issubclass(model, WorkspaceRow):
            yield from ((model, field) for field in model.encrypted_fields)
