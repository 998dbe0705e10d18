from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from core import tenancy
from core.errors import InvalidError
from core.models import Workspace
from triggers.models import EventType, Validation
from triggers.registry import trigger_types
from triggers.services import event_type_files

REQUIRED = {
    "timeline.event", "lead.created", "lead.converted", "deal.stage_changed", "deal.won", "deal.lost",
    "contact.created", "account.created", "custom", "stream.started", "stream.ended", "stream.viewer_threshold",
    "billing.usage_threshold",
    "ai.detection", "ai.scene_change", "ai.speech", "ai.audio",
}  # fmt: skip


def test_the_shipped_types_are_those_of_the_requirements_each_with_a_sample_that_fits(scope: Workspace) -> None:
    found = event_type_files.load(event_type_files.shipped())

    assert {name for name, _ in found} == REQUIRED
    assert {outcome for _, outcome in found} == {"made"}
    for row in EventType.objects.all():
        assert row.description, row.name
        assert row.producer, row.name
        assert row.schema, row.name
        assert row.sample, row.name
        assert row.validation == Validation.WARN
    assert set(trigger_types.keys()).isdisjoint(REQUIRED)


def test_loading_again_leaves_everything_and_what_was_chosen(scope: Workspace) -> None:
    event_type_files.load(event_type_files.shipped())
    EventType.objects.filter(name="lead.created").update(validation="enforce", description="old")

    found = dict(event_type_files.load(event_type_files.shipped()))

    assert [name for name, outcome in found.items() if outcome != "left"] == ["lead.created"]
    row = EventType.objects.get(name="lead.created")
    assert (row.description, row.validation, row.version) == ("A new lead was created.", "enforce", 2)


@pytest.mark.parametrize(
    "text",
    [
        "- a",
        "a b: {}",
        "a: text",
        "a: {seen: 1}",
        "a: {schema: {type: objekt}}",
        "a: {sample: 1, schema: {type: object}}",
    ],
)
def test_a_file_that_is_wrong_loads_nothing_and_is_named(scope: Workspace, tmp_path: Path, text: str) -> None:
    path = tmp_path / "types.yaml"
    path.write_text(text)

    with pytest.raises(InvalidError, match=r"types\.yaml"):
        event_type_files.load([*event_type_files.shipped(), path])

    assert EventType.objects.count() == 0


def test_the_command_says_what_it_did(workspace: Workspace) -> None:
    out = StringIO()

    call_command("load_event_types", workspace=workspace.slug, stdout=out)

    lines = out.getvalue().splitlines()
    assert "made     lead.created" in lines
    assert lines[-1] == f"17 event types are in the workspace {workspace.slug}."
    with tenancy.scope(workspace.pk):
        assert EventType.objects.count() == 17


def test_the_command_refuses_what_it_cannot_read(workspace: Workspace, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("a: {schema: {type: objekt}}")

    with pytest.raises(CommandError, match="There is no workspace 'nobody'"):
        call_command("load_event_types", workspace="nobody")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_event_types", tmp_path / "none.yaml", workspace=workspace.slug)
    with pytest.raises(CommandError, match="/schema/type"):
        call_command("load_event_types", bad, workspace=workspace.slug)
