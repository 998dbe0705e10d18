"""`manage.py templates list|show|fork|test`: the library of templates, for operators and for authors of templates."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import documents
from core.management import frame
from workflows.services.templates import forking, library, reading, trying
from workflows.services.templates.template import Template

MAX_BYTES = 64 * 1024


class Command(BaseCommand):
    """Prints what is there, what was made, or what tests came to."""

    help = "List templates, show one, make a workflow of one, or run the tests that they bring."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["list", "show", "fork", "test"])
        parser.add_argument("template", nargs="?", help="slug; to test, the file of one that is being written will do")
        parser.add_argument("--workspace", help="slug: where the fork goes, and whose settings tests see")
        parser.add_argument("--name", default="", help="of the fork; by default that of the template")
        parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="any number of them")

    def handle(self, *args: Any, **options: Any) -> None:
        what: str = options["what"]
        if what in {"show", "fork"} and not options["template"]:
            raise CommandError("Name the template.")
        with frame.told():
            getattr(self, f"_{what}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        for each in library.listed():
            self.stdout.write(f"{each.slug} ({each.plugin or 'sequitur'}) {each.name}")

    def _show(self, options: dict[str, Any]) -> None:
        template = library.find(options["template"])
        self.stdout.write(f"{template.name}\n{template.description}")
        for name, each in template.parameters.items():
            said = "required" if each.is_required else f"default {json.dumps(each.default, ensure_ascii=False)}"
            self.stdout.write(f"  {name} ({each.kind}, {said}): {each.schema['title']}")
        self.stdout.write(json.dumps(template.definition, ensure_ascii=False, indent=2))

    def _fork(self, options: dict[str, Any]) -> None:
        template = library.find(options["template"])
        given = _parameters(template, options["parameter"])
        with frame.within(_workspace(options["workspace"])):
            row = forking.fork(template, given, name=options["name"], by=frame.operator())
        self.stdout.write(f"{row.slug} {row.pk}")

    def _test(self, options: dict[str, Any]) -> None:
        failed = 0
        with frame.within(_workspace(options["workspace"])) as workspace:
            for template in _chosen(options["template"]):
                for trial in template.trials:
                    found = trying.differences(template, trial, workspace=workspace)
                    failed += bool(found)
                    self.stdout.write(f"{'FAILED' if found else 'passed'} {template.slug}: {trial.name}")
                    for each in found:
                        self.stdout.write(f"  {each.message}")
        if failed:
            raise CommandError(f"{failed} test(s) failed.")


def _chosen(name: str | None) -> list[Template]:
    if name and name.endswith(".yaml"):
        path = Path(name)
        if not path.is_file():
            raise CommandError(f"There is no file {name!r}.")
        return [reading.read(path)]
    return [library.find(name)] if name else library.listed()


def _workspace(slug: str | None) -> str:
    if not slug:
        raise CommandError("Say which workspace: --workspace SLUG.")
    return slug


def _parameters(template: Template, written: list[str]) -> Mapping[str, Any]:
    """Values as they are typed: of a text all of it, of anything else what it is in YAML."""
    found: dict[str, Any] = {}
    for each in written:
        name, equals, value = each.partition("=")
        if not equals:
            raise CommandError(f"Expected NAME=VALUE, and not {each!r}.")
        known = template.parameters.get(name)
        is_text = known is None or known.schema["type"] == "string"
        found[name] = value if is_text else documents.parse_yaml(value.encode(), max_bytes=MAX_BYTES)
    return found
