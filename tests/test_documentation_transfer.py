"""The examples of docs/transfer.md, run as they stand there."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from core import tenancy
from core.models import Workspace
from core.services import workspaces
from tests import factories
from tests.documentation import blocks, page, run
from workflows.definitions.dependencies import Kind
from workflows.models import Workflow
from workflows.services.transfer import bundle, exporting, importing
from workflows.services.transfer.mapping import Mapped
from workflows.services.transfer.missing import ACTION_ROLE, CONNECTION_SECRETS
from workflows.services.transfer.outcomes import Conflict, Outcome

TEXT = page("docs/transfer.md")
IMPORT, EXPORT, RESTORE, PROMOTE, FOLDER = blocks(TEXT, "sh")


def named(workspace: Workspace) -> dict[str, str]:
    with tenancy.scope(workspace.pk):
        return dict(Workflow.objects.values_list("name", "status"))


@pytest.mark.django_db(transaction=True)
def test_workflows_and_workspaces_go_elsewhere_by_the_commands_of_the_guide(
    live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo, staging = (workspaces.create(slug=slug, name=slug) for slug in ("demo", "staging"))
    environment = {
        "API": f"{live_server.url}/api/v1", "KEY": factories.api_key(demo), "SLUG": demo.slug,
        "TARGET": staging.slug, "TARGET_KEY": factories.api_key(staging), "WORKFLOW": "follow-up",
    }  # fmt: skip
    monkeypatch.chdir(tmp_path)

    run(IMPORT, environment, cwd=tmp_path)
    run('curl -sS -X POST "$API/workflows/follow-up/publish/" -H "Authorization: Bearer $KEY"', environment)
    run(EXPORT, environment, cwd=tmp_path)
    preview, _, done = run(RESTORE, environment, cwd=tmp_path).rpartition("\n")
    assert named(staging) == {"Greet": "draft", "Follow up": "draft"}
    run(PROMOTE, environment)
    for line in FOLDER.splitlines():
        words = shlex.split(line)
        if words[0] == "git":
            subprocess.run(["bash", "-c", line], check=True)
        else:
            assert words[:2] == ["python", "manage.py"]
            call_command(*words[2:])

    assert json.loads(done)["counts"]["created"] == 2
    assert preview == ""
    assert named(staging) == {"Greet": "draft", "Follow up": "active"}
    assert json.loads((tmp_path / "bundle.json").read_text())["manifest"]["workspace"] == "demo"
    assert (tmp_path / "bundle" / "workflows" / "greet.yaml").exists()


def test_every_word_and_bound_is_in_the_guide() -> None:
    words = [*Outcome, *Conflict, *Kind, ACTION_ROLE, CONNECTION_SECRETS, *Mapped.model_fields]

    assert sorted(word for word in words if f"`{word}`" not in TEXT and f'"{word}"' not in TEXT) == []
    for bound in (
        f"{importing.MAX_DOCUMENTS} documents", f"{bundle.MAX_WORKFLOWS} workflows", f"{bundle.MAX_ITEMS:,} of each",
        f"{bundle.MAX_TESTS} tests", f"{importing.MAX_TEMPLATES:,}, with {importing.MAX_CHARACTERS:,} characters",
        f"{bundle.MAX_BYTES // 1024 // 1024} MB",
    ):  # fmt: skip
        assert bound in TEXT


def test_the_mapping_of_the_guide_is_one_and_the_product_is_named_with_its_version() -> None:
    (written,) = blocks(TEXT, "json")
    found = json.loads(written)

    assert Mapped.model_validate(found["mapping"]).connections == {"crm-dev": "crm-prod"}
    assert bundle.parse(found["bundle"]).workflows == []
    name, _, number = exporting.PRODUCT.partition(" ")
    assert f'name = "{name}"\nversion = "{number}"' in page("pyproject.toml")
