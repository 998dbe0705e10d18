from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from actions.base import ActionFailedError
from actions.connections.base import NoSecrets, Opened, TestCall
from actions.connections.registry import connection_types
from actions.objects.local import LocalFolderSettings
from core.ids import new_id
from core.redaction import Redactor

OPENED = Opened(new_id(), "files", "local_folder", LocalFolderSettings(folder="exports"), NoSecrets())


@pytest.fixture
def call() -> TestCall:
    return TestCall(new_id(), timeout_seconds=5, now=datetime.now(UTC), redactor=Redactor())


def test_a_test_writes_and_leaves_nothing(call: TestCall, settings: Settings, tmp_path: Path) -> None:
    settings.SEQUITUR_OBJECTS_PATH = str(tmp_path)

    said = connection_types.get("local_folder").test(OPENED, call)

    assert said == "The folder 'exports' can be written to."
    assert [*(tmp_path / str(call.workspace_id) / "exports").iterdir()] == []


def test_a_folder_that_cannot_be_made_is_told_without_its_path(
    call: TestCall, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    settings.SEQUITUR_OBJECTS_PATH = str(tmp_path / "file")

    with pytest.raises(ActionFailedError, match="not a directory") as raised:
        connection_types.get("local_folder").test(OPENED, call)

    assert str(tmp_path) not in raised.value.message


@pytest.mark.parametrize("folder", ["..", "a/b", "A", "", "a\nb", "x" * 65])
def test_a_name_that_leads_elsewhere_is_refused(folder: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        LocalFolderSettings(folder=folder)
