"""`manage.py connections list|test`: how a workspace reaches services outside, and whether it does."""

from argparse import ArgumentParser

from django.utils import timezone

from actions.api import connection_shapes as shapes
from actions.models import Connection
from actions.services import connections, trying
from core.management.printing import line, table
from core.management.workspace_commands import Answer, Asked, Subcommand, WorkspaceCommand


def _list(asked: Asked) -> Answer:
    now = timezone.now()
    found = [shapes.connection(row, now=now) for row in Connection.objects.all()]
    rows = [
        (each.name, each.kind, each.tested_at, each.test_error and each.test_error["message"], each.expires_at)
        for each in found
    ]
    return Answer(found, table(("name", "kind", "tested", "what was wrong", "expires"), rows))


def _test(asked: Asked) -> Answer:
    found = trying.test(connections.find(asked["id"]))
    body = shapes.ConnectionTestResponse(ok=not found.code, message=found.message, code=found.code or None)
    return Answer(body, [line(f"{found.code or 'ok'}: {found.message}")], is_good=body.ok)


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("id", help="id or name of the connection")


class Command(WorkspaceCommand):
    """Exits with 1 when a test fails."""

    help = "List the connections of a workspace, or try one."
    subcommands = (
        Subcommand("list", "All connections by name.", _list),
        Subcommand("test", "Whether a connection works.", _test, _one),
    )
