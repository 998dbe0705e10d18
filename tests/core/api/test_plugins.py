from pathlib import Path

import pytest
from rest_framework.test import APIClient

from core import plugins
from core.models import Role, Workspace
from core.plugins import table
from core.plugins.plugin import Plugin
from tests.conftest import ClientFor

pytestmark = pytest.mark.django_db


def test_plugins_are_listed_with_what_they_bring_and_what_is_wrong(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(table._plugins, "bad", Plugin("bad", reason="It cannot be imported: no"))

    results = {each["name"]: each for each in api.get("/api/v1/plugins/").json()["results"]}

    assert results["bad"] == {
        "name": "bad", "title": "bad", "status": "faulty", "reason": "It cannot be imported: no", "brings": {}
    }  # fmt: skip
    crm = results["examples.crm"]
    assert (crm["title"], crm["status"], crm["reason"]) == ("CRM (example)", "loaded", "")
    assert crm["brings"]["entity"] == ["lead", "deal", "contact", "account"]


def test_a_viewer_may_read_them_and_a_stranger_not(client_for: ClientFor, workspace: Workspace) -> None:
    assert client_for(workspace, Role.VIEWER).get("/api/v1/plugins/").status_code == 200
    assert APIClient().get("/api/v1/plugins/").status_code == 401


def test_files_of_plugins_are_found_unless_they_are_faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pieces").mkdir()
    file = tmp_path / "pieces" / "crm.yaml"
    file.write_text("")
    plugin = Plugin("found", folder=tmp_path)
    monkeypatch.setitem(table._plugins, "found", plugin)
    assert plugins.files("pieces", "*.yaml") == [file]

    plugin.reason = "faulty"

    assert plugins.files("pieces", "*.yaml") == []
