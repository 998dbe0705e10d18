"""Count the runs of hours that are over, once, and again where a run of them changes: exact at any time (ADR 45).

An hour is counted when it has been over for `SETTLED`. What changes a run that began before that makes its hour `stale`
in the same transaction: triggers of the table do, whose conditions are all that other changes pay. So the one thing to
be sure of is that no change is missed while an hour is counted:

1. `claimed` is written and committed. From then on, whatever changes a run of the hour sees that, and makes it `stale`.
2. Transactions that began to write before that may have seen nothing: they are waited for, by their ids.
3. What is read then has all that they did. It is stored only where the hour still is `claimed`, with its row locked.
"""

import json
import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from core import ids, tenancy
from workflows.models import RunHour
from workflows.selectors import run_counts
from workflows.selectors.run_counts import HOUR, Came, Span

SETTLED = timedelta(hours=1)  # the triggers of the table have it in their conditions
BATCH = 200  # hours of a workflow, counted in one statement
SLICE_SECONDS = 20.0  # of one sweep
PATIENCE_SECONDS = 5.0  # for transactions of others; the next sweep goes on


def fold(*, seconds: float = SLICE_SECONDS) -> int:
    """Count what is not counted, of all workspaces; returns how many hours. Safe to repeat, and twice at once."""
    done, ends = 0, time.monotonic() + seconds
    with tenancy.unscoped("one sweep serves all workspaces"):
        _discover()
        while time.monotonic() < ends:
            claimed = _claim()
            if not claimed or not _others_are_done():
                break
            done += _count(claimed)
    return done


def rebuild() -> int:
    """Forget all, and count it again; returns how many hours."""
    with tenancy.unscoped("the runs of all workspaces are counted again"):
        RunHour.objects.all().delete()
    return fold(seconds=float("inf"))


def _discover() -> None:
    """Add the hours that are over, from the newest that is known on."""
    with transaction.atomic(), connection.cursor() as cursor:
        newest = RunHour.objects.filter(is_late=False).order_by("-at").values_list("at", flat=True).first()
        first = ids.first_at(newest - HOUR) if newest else UUID(int=0)
        cursor.execute(_DISCOVER, {"first": first, "settled": SETTLED.total_seconds()})


def _claim() -> list[tuple[UUID, UUID, datetime]]:
    with transaction.atomic():
        rows = RunHour.objects.exclude(state="counted").order_by("at").select_for_update(skip_locked=True)
        found = list(rows.values_list("pk", "workflow_id", "at")[:BATCH])
        RunHour.objects.filter(pk__in=[pk for pk, _, _ in found]).update(state="claimed")
    return found


def _others_are_done() -> bool:
    """Wait until no transaction goes on that had begun to write before now; False where that takes too long."""
    ends = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        [(now,)] = cursor.fetchall()
        while True:
            cursor.execute(_GOING, {"now": now})
            [(goes_on,)] = cursor.fetchall()
            if not goes_on or time.monotonic() > ends:
                return not goes_on
            time.sleep(0.02)


def _count(claimed: list[tuple[UUID, UUID, datetime]]) -> int:
    wanted = [(workflow, Span(at, at + HOUR)) for _, workflow, at in claimed]
    told: dict[tuple[UUID, datetime], dict[str, object]] = {(workflow, at): {} for _, workflow, at in claimed}
    for (workflow, at, status), came in run_counts.counted(wanted).items():
        told[workflow, at][status] = _written(came)
    counts = [json.dumps(told[workflow, at]) for _, workflow, at in claimed]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {"ids": [pk for pk, _, _ in claimed], "counts": counts})
        return int(cursor.rowcount)


def _written(came: Came) -> dict[str, object]:
    plain = {name: getattr(came, name) for name in ("runs", "fired", "ended", "took_us", "tried", "asked")}
    took = {str(size): [number, longest] for size, (number, longest) in came.took.items()}
    usage = {name: float(amount) if amount % 1 else int(amount) for name, amount in came.usage.items()}
    return {**plain, "took": took, "usage": usage}


_DISCOVER = """
INSERT INTO workflows_runhour (id, workspace_id, workflow_id, at, state, counts, is_late)
SELECT gen_random_uuid(), workspace_id, workflow_id, at, 'stale', '{}', FALSE FROM (
    SELECT DISTINCT workspace_id, workflow_id, date_trunc('hour', created_at, 'UTC') AS at FROM workflows_run
    WHERE id >= %(first)s AND created_at < date_trunc('hour', now() - make_interval(secs => %(settled)s), 'UTC')
) AS hours
ON CONFLICT (workflow_id, at) DO UPDATE SET is_late = FALSE WHERE workflows_runhour.is_late
"""
_GOING = """
SELECT EXISTS (SELECT FROM pg_snapshot_xip(pg_current_snapshot()) AS x(id) WHERE x.id < %(now)s::text::xid8)
"""
_STORE = """
UPDATE workflows_runhour SET state = 'counted', counts = found.counts::jsonb
FROM unnest(%(ids)s::uuid[], %(counts)s::text[]) AS found(id, counts)
WHERE workflows_runhour.id = found.id AND state = 'claimed'
"""

# For the migration. The hour of a run that is deleted is not made anew: its workflow may go with it.
TRIGGERS = """
CREATE FUNCTION workflows_run_hour_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed workflows_run;
    hour timestamptz;
BEGIN
    FOREACH changed IN ARRAY
        CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW] WHEN 'DELETE' THEN ARRAY[OLD] ELSE ARRAY[OLD, NEW] END
    LOOP
        hour := date_trunc('hour', changed.created_at, 'UTC');
        UPDATE workflows_runhour SET state = 'stale'
        WHERE workflow_id = changed.workflow_id AND at = hour AND state <> 'stale';
        IF NOT FOUND AND TG_OP <> 'DELETE' THEN
            INSERT INTO workflows_runhour (id, workspace_id, workflow_id, at, state, counts, is_late)
            VALUES (gen_random_uuid(), changed.workspace_id, changed.workflow_id, hour, 'stale', '{}', TRUE)
            ON CONFLICT (workflow_id, at) DO NOTHING;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER run_hour_inserts AFTER INSERT ON workflows_run FOR EACH ROW
    WHEN (NEW.created_at < clock_timestamp() - interval '1 hour') EXECUTE FUNCTION workflows_run_hour_changes();
CREATE TRIGGER run_hour_updates AFTER UPDATE ON workflows_run FOR EACH ROW
    WHEN (least(OLD.created_at, NEW.created_at) < clock_timestamp() - interval '1 hour')
    EXECUTE FUNCTION workflows_run_hour_changes();
CREATE TRIGGER run_hour_deletes AFTER DELETE ON workflows_run FOR EACH ROW
    WHEN (OLD.created_at < clock_timestamp() - interval '1 hour') EXECUTE FUNCTION workflows_run_hour_changes();
"""
NO_TRIGGERS = """
DROP TRIGGER run_hour_inserts ON workflows_run;
DROP TRIGGER run_hour_updates ON workflows_run;
DROP TRIGGER run_hour_deletes ON workflows_run;
DROP FUNCTION workflows_run_hour_changes();
"""
