"""`manage.py verify_audit --workspace demo`: prove that the audit trail is as it was written."""

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.models import Workspace
from core.services import audit_proof
from core.services.audit_proof import Head

_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64}|)")


class Command(BaseCommand):
    """Prints a line for each workspace; ends with status 1 where an entry was changed, removed or inserted."""

    help = "Prove that no entry of the audit trail was changed, removed or inserted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", help="slug of the workspace; all of them if left out")
        parser.add_argument("--head", help="what an earlier proof printed: <number>:<hash>; needs --workspace")

    def handle(self, *args: Any, **options: Any) -> None:
        slug, noted = options["workspace"], _head(options["head"])
        if noted is not None and not slug:
            raise CommandError("--head is that of one workspace: name it with --workspace.")
        rows = Workspace.objects.filter(slug=slug) if slug else Workspace.objects.all()
        if slug and not rows:
            raise CommandError(f"There is no workspace {slug!r}.")
        broken = 0
        for workspace in rows:
            proof = audit_proof.verify(workspace, noted=noted)
            broken += bool(proof.problem)
            found = f"BROKEN: {proof.problem}" if proof.problem else f"{proof.head.seq} entries, intact"
            self.stdout.write(f"{workspace.slug}: {found}; head {proof.head}")
        if broken:
            raise CommandError(f"The audit trail of {broken} workspace(s) is not as it was written.")


def _head(written: str | None) -> Head | None:
    if written is None:
        return None
    found = _HEAD.fullmatch(written)
    if found is None:
        raise CommandError("--head is a number, a colon and 64 hexadecimal digits.")
    return Head(int(found[1]), found[2])
