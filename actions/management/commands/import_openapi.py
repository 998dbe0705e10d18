"""`manage.py import_openapi petstore.json --out connectors/petstore.yaml`: make a connector of an OpenAPI document."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError

from actions import outbound
from actions.base import ActionFailedError
from actions.connectors import openapi
from actions.connectors.openapi import Choice
from actions.outbound import OutboundRequest
from actions.services import connectors
from core import tenancy
from core.errors import SequiturError
from core.management import arguments
from core.redaction import Redactor

FETCH_SECONDS = 30


class _Plain(yaml.SafeDumper):
    """Without anchors, which are not read again."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class Command(BaseCommand):
    """Says what it could not take over. Safe to repeat: the file is written again, the connector replaced."""

    help = "Make a connector of an OpenAPI 3.0 or 3.1 document."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("spec", help="a file, or a URL that the outbound rules allow (at most 1 MB)")
        parser.add_argument("--name", default="", help="of the connector; default: the title of the document")
        parser.add_argument("--base-url", default="", help="where the API is, if not where the document says")
        parser.add_argument("--tag", action="append", default=[], help="take operations with this tag; repeatable")
        parser.add_argument("--operation", action="append", default=[], help="take this operationId; repeatable")
        target = parser.add_mutually_exclusive_group()
        target.add_argument("--out", type=Path, help="write a file; default: standard output")
        target.add_argument("--workspace", help="store it in the workspace with this slug")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = self._imported(options)
            self._keep(found.document, options)
        except SequiturError as error:
            why = "".join(f"\n  {each.path}: {each.message}" for each in error.problems)
            raise CommandError(f"{error.detail}{why}") from None
        self.stderr.write(f"{len(found.document['operations'])} operations; left out: {len(found.left_out)}")
        for each in found.left_out:
            self.stderr.write(f"  {each}")

    def _imported(self, options: dict[str, Any]) -> openapi.Imported:
        spec = str(options["spec"])
        is_url = spec.startswith(("http://", "https://"))
        return openapi.import_spec(
            openapi.read(_fetched(spec) if is_url else _file(spec)),
            name=options["name"],
            base_url=options["base_url"],
            read_from=spec if is_url else "",
            prefix=options["workspace"] is None,
            choice=Choice(frozenset(options["tag"]), frozenset(options["operation"])),
        )

    def _keep(self, document: dict[str, Any], options: dict[str, Any]) -> None:
        if options["workspace"]:
            workspace = arguments.workspace(options["workspace"])
            with tenancy.scope(workspace.pk):
                connectors.put(document["name"], document)
            self.stdout.write(f"The connector {document['name']} is in the workspace {workspace.slug}.")
            return
        text = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)
        if options["out"] is None:
            self.stdout.write(text)
            return
        try:
            options["out"].write_text(text)
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}.") from None
        self.stdout.write(f"{options['out']} is written.")


def _file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None


def _fetched(url: str) -> bytes:
    try:
        request = OutboundRequest(method="GET", url=url, headers={"Accept": "application/json, application/yaml"})
        return outbound.call(request, timeout_seconds=FETCH_SECONDS, redactor=Redactor()).body
    except ActionFailedError as error:
        raise CommandError(f"The document was not fetched: {error.message}.") from None
