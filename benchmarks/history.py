"""Believable history of any length, in minutes: rows that the engine wrote, copied to other times by the database.

Every kind of row comes from a run that was really done, so that copies are what the engine would have written; only
ids, times and what must be unique differ. Foreign keys and the numbering of the audit trail are not checked meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from core import tenancy
from core.models import LetterKind, Workspace
from core.services import audit, dead_letters
from core.services.dead_letters import Death
from tests import factories, runner
from triggers.models import Decision, Event, Subscription, Trigger
from triggers.services import matching
from workflows.models import Run
from workflows.services import rollups

WORKSPACES = 4
SPREAD_DAYS = 90
# Of a hundred events of a workspace, how many start which workflow.
KINDS = {"done": 82, "failed": 10, "waits": 3, "asks": 1, "mails": 4}
BATCH = 100_000

TELLS = {"channel": "email", "trigger": "ON_COMPLETED", "to": "ops@example.com", "message": "{{ lead.name }}"}
_LOGS = [factories.log_event(f"step {number}", id=f"step{number}") for number in (1, 2, 3)]
_LAST: dict[str, dict[str, Any]] = {
    "done": _LOGS[2],
    "failed": {"id": "stop", "type": "fail", "params": {"message": "It is out of stock."}},
    "waits": {"id": "wait", "type": "delay", "params": {"seconds": 300 * 86_400}},
    "asks": {"id": "ask", "type": "approval", "params": {"message": "May it go on?"}},
    "mails": factories.log_event("told", id="told", notifications=[TELLS]),
}


@dataclass(frozen=True, slots=True)
class Model:
    """A run to copy, how often of a hundred, and its workspace."""

    run: Run
    kind: str
    share: int


def prepare() -> list[Workspace]:
    """Workspaces with a workflow of every kind, each done once; the first has half of what is copied."""
    made = [factories.WorkspaceFactory.create(slug=f"history-{number}") for number in range(WORKSPACES)]
    for workspace in made:
        for kind, last in _LAST.items():
            definition = factories.definition(*_LOGS[:2], last, name=kind, trigger={"type": f"lead.{kind}"})
            factories.published(workspace, definition)
            matching.match(factories.event(workspace, f"lead.{kind}", name="Ada").pk)
        runner.drain()
        with tenancy.scope(workspace.pk):
            _besides()
    return made


def _besides() -> None:
    """One row each of what no run writes by itself."""
    trigger, event = Trigger.objects.all()[0], Event.objects.all()[0]
    Decision.objects.create(
        workspace_id=event.workspace_id, event=event, trigger=trigger, verdict="suppressed", code="cooldown",
        subscription=Subscription.objects.filter(trigger=trigger)[0], reason="It fired before.",
        decided_at=event.received_at,
    )  # fmt: skip
    audit.record("workflow.paused", by="user ann", target="workflow", target_id=trigger.workflow_id, reason="tests")
    dead_letters.bury(Death(LetterKind.EVENT, event.pk, "refused", "It was refused.", attempts=1, payload={}))


def seed(runs: int) -> None:
    """Copy until there are about so many runs with three actions each, and what goes with them; ANALYZE, and count
    hours."""
    have = _scalar("SELECT count(*) FROM workflows_run")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            _models(cursor)
            for first in range(have, runs, BATCH):
                _batch(cursor, first, min(first + BATCH, runs), runs, timezone.now())
        finally:
            cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE")
    rollups.rebuild()  # the copies were made past the triggers


def _models(cursor: Any) -> None:
    """The runs to copy, with the part of [0, 1) in which each is chosen: the first workspace has half of it."""
    cursor.execute("DROP TABLE IF EXISTS model")
    cursor.execute("CREATE TEMP TABLE model (run uuid, event uuid, firing uuid, low float, high float)")
    with tenancy.unscoped("the copies are of all workspaces"):
        names = dict(Workspace.objects.filter(slug__startswith="history-").values_list("pk", "slug"))
        originals = Run.objects.filter(workspace__in=names).order_by("id").select_related("workflow")
        firsts: dict[Any, Run] = {}
        for run in originals[: len(names) * len(KINDS) * 2]:
            firsts.setdefault(run.workflow_id, run)
    low = 0.0
    for run in firsts.values():
        part = 0.5 if names[run.workspace_id] == "history-0" else 0.5 / (WORKSPACES - 1)
        high = low + part * KINDS[run.workflow.name] / 100
        cursor.execute(
            "INSERT INTO model VALUES (%s, %s, %s, %s, %s)", [run.pk, run.event_id, run.firing_id, low, high]
        )
        low = high


# An id of an instant, as `core.ids` makes them.
ID = (
    "(lpad(to_hex((extract(epoch FROM {at}) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)"
    " || '8' || substr(md5(random()::text), 1, 15))::uuid"
)
_SEEDED = f"""
CREATE TEMP TABLE seeded AS
SELECT number, made.at, made.at - original.created_at AS moved, model.*,
    {ID.format(at="made.at")} AS new_event, {ID.format(at="made.at")} AS new_firing,
    {ID.format(at="made.at")} AS new_run
FROM generate_series(%(first)s::int, %(end)s::int - 1) AS number
CROSS JOIN LATERAL (
    SELECT %(now)s::timestamptz - interval '1 minute'
        - interval '{SPREAD_DAYS} days' * (1 - number::float / %(total)s) AS at
) AS made
JOIN model ON (number * 0.6180339887498949) - floor(number * 0.6180339887498949) >= low
    AND (number * 0.6180339887498949) - floor(number * 0.6180339887498949) < high
JOIN workflows_run original ON original.id = model.run
"""  # noqa: S608  the fractional parts of multiples of the golden ratio are spread evenly, and the same every time


def _copy(table: str, *, joined: str, **columns: str) -> str:
    """SQL: a copy of the rows of a table for every row of `seeded` that is `joined` to it."""
    changes = ", ".join(f"'{name}', {value}" for name, value in columns.items())
    return f"""INSERT INTO {table} SELECT copied.* FROM seeded s JOIN {table} t ON {joined}
        CROSS JOIN LATERAL jsonb_populate_record(t, jsonb_build_object({changes})) AS copied"""  # noqa: S608


def _then(*names: str) -> dict[str, str]:
    return {name: f"t.{name} + s.moved" for name in names}


_ACTION = "(SELECT new_action FROM actions a WHERE a.new_run = s.new_run AND a.old_action = t.{column})"
_STATEMENTS = (
    _copy("triggers_event", joined="t.id = s.event", id="s.new_event", event_id="'copy-' || s.number",
          **_then("time", "received_at", "matched_at")),
    _copy("triggers_firing", joined="t.id = s.firing", id="s.new_firing", event_id="s.new_event",
          dedupe_key="s.new_event", **_then("fired_at")),
    _copy("triggers_decision", joined="s.number % 10 = 0 AND t.workspace_id = (SELECT workspace_id FROM"
          " workflows_run WHERE id = s.run) AND t.id IN (SELECT id FROM first_decision)",
          id=ID.format(at="s.at"), event_id="s.new_event", decided_at="s.at"),
    _copy("workflows_run", joined="t.id = s.run", id="s.new_run", event_id="s.new_event", firing_id="s.new_firing",
          **_then("created_at", "started_at", "finished_at")),
    f"""CREATE TEMP TABLE actions AS SELECT s.new_run, t.id AS old_action, {ID.format(at="s.at")} AS new_action
        FROM seeded s JOIN workflows_actionrun t ON t.run_id = s.run""",  # noqa: S608
    "CREATE INDEX ON actions (new_run, old_action)",
    "ANALYZE actions",
    _copy("workflows_actionrun", joined="t.run_id = s.run", id=_ACTION.format(column="id"), run_id="s.new_run",
          **_then("started_at", "claimed_at", "finished_at")),
    _copy("workflows_actionattempt",
          joined="t.action_run_id IN (SELECT id FROM workflows_actionrun WHERE run_id = s.run)",
          id=ID.format(at="s.at"), action_run_id=_ACTION.format(column="action_run_id"),
          **_then("started_at", "finished_at")),
    _copy("workflows_notificationdelivery", joined="t.run_id = s.run", id=ID.format(at="s.at"), run_id="s.new_run",
          action_run_id=_ACTION.format(column="action_run_id"), due_at="NULL", hinted_at="NULL", status="'sent'",
          **_then("created_at")),
    _copy("core_deadletter", joined="t.run_id = s.run", id=ID.format(at="s.at"), run_id="s.new_run",
          source_id=_ACTION.format(column="source_id"), **_then("created_at")),
    _copy("core_auditentry", joined="s.number % 20 = 0 AND t.workspace_id = (SELECT workspace_id FROM"
          " workflows_run WHERE id = s.run) AND t.id IN (SELECT id FROM first_audit)",
          id=ID.format(at="s.at"), at="s.at", seq="1000 + s.number"),
)  # fmt: skip


def _batch(cursor: Any, first: int, end: int, total: int, now: datetime) -> None:
    cursor.execute("DROP TABLE IF EXISTS seeded, actions, first_decision, first_audit")
    for name, table in (("first_decision", "triggers_decision"), ("first_audit", "core_auditentry")):
        statement = f"SELECT DISTINCT ON (workspace_id) id FROM {table} ORDER BY workspace_id, id DESC"  # noqa: S608
        cursor.execute(f"CREATE TEMP TABLE {name} AS {statement}")
    cursor.execute(_SEEDED, {"first": first, "end": end, "total": total, "now": now})
    cursor.execute("ANALYZE seeded")
    for statement in _STATEMENTS:
        cursor.execute(statement)


def _scalar(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])
