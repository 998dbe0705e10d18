"""`manage.py schedules list`: which workflows the clock starts, and when next."""

from core.management.printing import table
from core.management.workspace_commands import Answer, Asked, Subcommand, WorkspaceCommand, limited
from triggers.api import schedule_shapes as shapes
from triggers.selectors import schedules

HEAD = ("workflow", "trigger", "when", "time zone", "active", "next", "last")


def _list(asked: Asked) -> Answer:
    found = [shapes.schedule(row) for row in schedules.listed()[: asked["limit"]]]
    rows = [
        (each.workflow.name, each.trigger, each.sentence, each.timezone, each.is_active, each.next_fire_at,
         each.last_tick and each.last_tick.status.value)
        for each in found
    ]  # fmt: skip
    return Answer(found, table(HEAD, rows))


class Command(WorkspaceCommand):
    """Times are in UTC."""

    help = "List the schedules of a workspace."
    subcommands = (Subcommand("list", "The newest schedules first.", _list, limited),)
