"""`manage.py export_workspace`, `import_workspace`, `export_workflow`, `import_workflow`."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from core import documents, tenancy
from core.models import Workspace
from tests import factories
from triggers.services import event_types
from workflows.models import Workflow
from workflows.services import workflows

pytestmark = pytest.mark.django_db


def run(*args: Any, **options: Any) -> str:
    out = StringIO()
    call_command(*map(str, args), stdout=out, stderr=StringIO(), no_color=True, **options)
    return out.getvalue()


def named(workspace: Workspace) -> dict[str, str]:
    with tenancy.scope(workspace.pk):
        return dict(Workflow.objects.values_list("name", "status"))


@pytest.fixture
def source(workspace: Workspace) -> Workspace:
    factories.published(workspace)
    with tenancy.scope(workspace.pk):
        event_types.create("lead.created", {"description": "A lead"})
        workflows.create(factories.definition(name="Greet: again?"))
    return workspace


def files(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*.yaml")}


def test_a_workspace_goes_through_a_folder_and_comes_out_the_same(
    source: Workspace, other_workspace: Workspace, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    run("export_workspace", source.slug, to=str(first))

    said = run("import_workspace", other_workspace.slug, first, "--publish")
    run("export_workspace", other_workspace.slug, to=str(second))

    assert sorted(files(first)) == [
        "event_types/lead.created.yaml", "manifest.yaml", "workflows/greet-again.yaml", "workflows/greet.yaml",
        "workspace.yaml",
    ]  # fmt: skip
    assert {**files(first), "manifest.yaml": b""} == {**files(second), "manifest.yaml": b""}
    assert "  created  workflow Greet, version 1 published" in said
    assert said.splitlines()[-1] == "Done: 3 created, 7 unchanged."
    assert named(other_workspace) == {"Greet": "active", "Greet: again?": "draft"}


@pytest.mark.parametrize("name", ["bundle.json", "bundle.yaml"])
def test_a_workspace_goes_through_a_file(
    source: Workspace, other_workspace: Workspace, tmp_path: Path, name: str
) -> None:
    run("export_workspace", source.slug, to=str(tmp_path / name))

    shown = run("import_workspace", other_workspace.slug, tmp_path / name, "--dry-run")

    assert shown.splitlines()[-1] == "Nothing was done; it would be: 3 created, 7 unchanged."
    assert named(other_workspace) == {}


def test_what_is_gone_is_deleted_from_the_folder_and_what_is_not_ours_is_left(
    source: Workspace, tmp_path: Path
) -> None:
    run("export_workspace", source.slug, to=str(tmp_path / "kept"))
    (tmp_path / "kept" / "README.md").write_text("ours")
    with tenancy.scope(source.pk):
        Workflow.objects.filter(name="Greet: again?").delete()
    run("export_workspace", source.slug, to=str(tmp_path / "kept"))

    assert "workflows/greet-again.yaml" not in files(tmp_path / "kept")
    assert (tmp_path / "kept" / "README.md").read_text() == "ours"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.yaml").write_text("mine")
    with pytest.raises(CommandError, match="has files and no manifest"):
        run("export_workspace", source.slug, to=str(tmp_path / "other"))
    assert list(files(tmp_path / "other")) == ["notes.yaml"]


def test_names_are_mapped_by_a_file(source: Workspace, other_workspace: Workspace, tmp_path: Path) -> None:
    run("export_workspace", source.slug, to=str(tmp_path / "bundle"))
    (tmp_path / "names.yaml").write_text("workflows: { Greet: Welcome }")

    run("import_workspace", other_workspace.slug, tmp_path / "bundle", mapping=str(tmp_path / "names.yaml"))

    assert named(other_workspace) == {"Welcome": "draft", "Greet: again?": "draft"}


def test_a_workflow_goes_through_a_file(source: Workspace, other_workspace: Workspace, tmp_path: Path) -> None:
    text = run("export_workflow", source.slug, "greet", of="1")
    (tmp_path / "greet.yaml").write_text(text + "---\n" + documents.dump_yaml(factories.definition(name="Two")))

    said = run("import_workflow", other_workspace.slug, tmp_path / "greet.yaml")

    assert named(other_workspace) == {"Greet": "draft", "Two": "draft"}
    assert said.splitlines()[-1] == "Done: 2 created."
    assert run("export_workflow", other_workspace.slug, "greet") == text


def test_what_cannot_be_done_ends_with_why_and_changes_nothing(
    source: Workspace, other_workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("name: [")
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "greet.yaml").write_text("name: Greet\ntrigger: a.b\nactions: [{ type: log_event }]")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bundle.yaml").write_text("manifest: { format: 1 }\nconnections: [{ name: a, kind: fax }]")
    before = named(source)
    cases: list[tuple[tuple[Any, ...], str]] = [
        (("export_workspace", "nowhere"), "no workspace 'nowhere'"),
        (("export_workflow", source.slug, "nothing"), "no workflow 'nothing'"),
        (("export_workflow", source.slug, "greet", "--of", "9"), "no version 9"),
        (("import_workflow", source.slug, tmp_path / "none.yaml"), "cannot be read or written: No such file"),
        (("import_workflow", source.slug, tmp_path / "broken.yaml"), "not YAML"),
        (("import_workflow", source.slug, tmp_path / "greet.yaml"), "1 of 1 cannot be published"),
        (("import_workspace", source.slug, tmp_path / "list.json"), "no bundle"),
        (("import_workspace", source.slug, tmp_path / "empty"), "manifest.yaml cannot be read"),
        (("import_workspace", source.slug, tmp_path / "bundle.yaml"), "1 of 1 cannot be imported"),
        (("import_workspace", source.slug, tmp_path / "greet.yaml"), "'manifest' is missing"),
    ]

    for args, says in cases:
        with pytest.raises(CommandError, match=says):
            run(*args)

    assert named(source) == before
    assert named(other_workspace) == {}
