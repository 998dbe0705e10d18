"""`manage.py secrets set|list|delete`: the secrets of a workspace, which go in by standard input, never out."""

import getpass
import sys
from argparse import ArgumentParser

from django.core.management.base import CommandError

from core.api.secrets import shape
from core.management.printing import table
from core.management.workspace_commands import Answer, Asked, Subcommand, WorkspaceCommand
from core.models import Secret
from core.services import secrets


def _list(asked: Asked) -> Answer:
    return _shown(list(Secret.objects.all()))


def _set(asked: Asked) -> Answer:
    row, is_new = secrets.put(name=asked["name"], value=_value(), by=asked.by)
    return Answer(shape(row), [f"The secret {row.name} was {'stored' if is_new else 'replaced'}."])


def _delete(asked: Asked) -> Answer:
    secrets.delete(asked["name"], by=asked.by)
    return Answer([], [f"The secret {asked['name']} was deleted."])


def _value() -> str:
    """Typed without being shown, or read to its end; without the line's end, which is none of it."""
    found = getpass.getpass("Value: ") if sys.stdin.isatty() else sys.stdin.read(secrets.MAX_VALUE_BYTES + 2)
    found = found.removesuffix("\n").removesuffix("\r")
    if not found:
        raise CommandError('There is no value: pipe it in, as in `printf %s "$TOKEN" | manage.py secrets set token`.')
    return found


def _shown(rows: list[Secret]) -> Answer:
    lines = table(("name", "created", "replaced"), [(row.name, row.created_at, row.updated_at) for row in rows])
    return Answer([shape(row) for row in rows], lines)


def _name(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="as templates say it: secrets.<name>")


class Command(WorkspaceCommand):
    """No value is an argument: others see the arguments of a process, and shells keep them."""

    help = "Store, list and delete the secrets of a workspace. Values are read from standard input."
    subcommands = (
        Subcommand("list", "The names of the secrets.", _list),
        Subcommand("set", "Store a secret, or replace its value.", _set, _name),
        Subcommand("delete", "Delete a secret that no active workflow reads.", _delete, _name),
    )
