"""The frame of commands that do several things in one workspace: `manage.py runs list --workspace demo --json`."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from pydantic import BaseModel

from core import documents
from core.errors import SequiturError
from core.management import frame
from core.models import Workspace

MOST = 500
LISTED = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What a subcommand is called with: its options, in which workspace, and who is to be named for it."""

    workspace: Workspace
    by: str
    options: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.options[name]


@dataclass(frozen=True, slots=True)
class Answer:
    """What it says: `body` to programs, `lines` to people. Unless `is_good`, the status of the command is 1."""

    body: BaseModel | Sequence[BaseModel]
    lines: Iterable[str]
    is_good: bool = True


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One thing that a command does. `arguments` adds what it takes."""

    name: str
    help: str
    do: Callable[[Asked], Answer]
    arguments: Callable[[ArgumentParser], object] = lambda parser: None


class WorkspaceCommand(BaseCommand):
    """Calls the services that the API calls, with the rights of an admin, in the workspace of `--workspace`."""

    requires_system_checks = []
    subcommands: ClassVar[tuple[Subcommand, ...]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        below = parser.add_subparsers(dest="what", required=True, metavar="what")
        for each in self.subcommands:
            own = below.add_parser(each.name, help=each.help, description=each.help)
            own.add_argument("--workspace", required=True, help="slug of the workspace")
            own.add_argument("--json", action="store_true", help="print JSON, as the API answers")
            each.arguments(own)

    def handle(self, *args: Any, **options: Any) -> None:
        with frame.within(options["workspace"]) as workspace:
            subcommand = next(each for each in self.subcommands if each.name == options["what"])
            answer = subcommand.do(Asked(workspace, frame.operator(), options))
            if options["json"]:
                self.stdout.write(_json(answer.body))
            else:
                for each in answer.lines:
                    self.stdout.write(each)
        if not answer.is_good:
            sys.exit(1)


def json_of(text: str, *, option: str) -> dict[str, Any]:
    """The JSON object that an option says; `-` reads standard input. Raises `CommandError`."""
    raw = sys.stdin.read() if text == "-" else text
    try:
        found = documents.parse_json(raw.encode("utf-8", "surrogateescape"), max_bytes=MOST_JSON_BYTES)
    except SequiturError as error:
        raise CommandError(f"{option}: {frame.sentence(error)}") from None
    if not isinstance(found, dict):
        raise CommandError(f'{option} is a JSON object, such as {{"score": 90}}, or - to read it from standard input.')
    return found


def limited(parser: ArgumentParser) -> None:
    """Add `--limit`."""
    parser.add_argument("--limit", type=_limit, default=LISTED, help=f"how many rows, 1 to {MOST}; default {LISTED}")


MOST_JSON_BYTES = 10_000_000


def _limit(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MOST:
        raise ValueError
    return number


def _json(body: BaseModel | Sequence[BaseModel]) -> str:
    rows = [each.model_dump(mode="json") for each in ([body] if isinstance(body, BaseModel) else body)]
    return json.dumps(rows[0] if isinstance(body, BaseModel) else rows, indent=2)
