from typing import Any

import pytest

from actions import checking, key_values
from actions.base import ActionCall
from actions.registry import action_types
from core.models import Workspace

pytestmark = pytest.mark.django_db


def delete(call: ActionCall, **params: Any) -> dict[str, Any]:
    action_type = action_types.get("kv_delete")
    return action_type.perform(checking.validated(action_type, params), call).output


def test_a_value_is_gone_after_it(scope: Workspace, call: ActionCall) -> None:
    key_values.put("default", "k", key_values.Put(1))

    assert delete(call, key="k") == {"deleted": True}
    assert key_values.find("default", "k") is None


def test_what_is_not_there_is_not_deleted(scope: Workspace, call: ActionCall) -> None:
    assert delete(call, key="k") == {"deleted": False}


def test_a_value_that_was_changed_since_it_was_read_stays(scope: Workspace, call: ActionCall) -> None:
    version = key_values.put("default", "k", key_values.Put(1)).version
    key_values.put("default", "k", key_values.Put(2))

    with pytest.raises(key_values.VersionConflictError):
        delete(call, key="k", if_version=version)
    assert delete(call, key="k", if_version=version, on_conflict="continue") == {"deleted": False}

    assert key_values.find("default", "k") is not None
