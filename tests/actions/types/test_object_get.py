from pathlib import Path

import pytest
from pytest_django import Settings

from actions import checking
from actions.base import ActionCall, ActionFailedError, Effects
from actions.objects.base import Content
from actions.objects.local import LocalStore
from actions.registry import action_types

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


@pytest.fixture
def store(settings: Settings, tmp_path: Path, call: ActionCall) -> LocalStore:
    settings.SEQUITUR_OBJECTS_PATH = str(tmp_path)
    return LocalStore(call.workspace_id)


def test_a_file_is_read_with_all_that_is_known_of_it(store: LocalStore, call: ActionCall) -> None:
    action_type = action_types.get("r2_get")
    store.put("a.json", Content(b'{"a": 1}', "application/json", {"made-by": "hand"}), call)

    params = checking.validated(action_type, {"key": "a.json", "content_format": "json"})
    output = action_type.perform(params, call).output

    assert output == {
        "found": True,
        "key": "a.json",
        "content": {"a": 1},
        "content_type": "application/json",
        "size": 8,
        "etag": "42b7b4f2921788ea14dac5566e6f06d0",
        "metadata": {"made-by": "hand"},
    }
    assert (action_type.key, action_type.effects) == ("object_get", Effects.NONE)


def test_a_damaged_file_is_told(store: LocalStore, call: ActionCall, tmp_path: Path) -> None:
    store.put("k", Content(b"x"), call)
    [file] = [path for path in tmp_path.rglob("*") if path.is_file()]
    file.write_bytes(b"x")
    action_type = action_types.get("object_get")

    with pytest.raises(ActionFailedError, match="a file is damaged"):
        action_type.perform(checking.validated(action_type, {"key": "k"}), call)
