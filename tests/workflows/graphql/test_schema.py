"""The schema that is kept is the one that is served."""

from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from workflows.graphql.schema import written

SNAPSHOT = settings.BASE_DIR / "docs/schema.graphql"


def test_the_snapshot_is_the_schema() -> None:
    assert SNAPSHOT.read_text() == written(), "`make openapi` writes docs/schema.graphql anew."


def test_the_command_prints_it_or_writes_it(tmp_path: Path) -> None:
    printed = StringIO()

    call_command("graphql_schema", stdout=printed)
    call_command("graphql_schema", "--file", str(tmp_path / "schema.graphql"))

    assert (printed.getvalue(), (tmp_path / "schema.graphql").read_text()) == (written(), written())
