from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from actions import checking, key_values
from actions.base import ActionCall
from actions.registry import action_types
from core.models import Workspace

pytestmark = pytest.mark.django_db


def read(call: ActionCall, **params: Any) -> dict[str, Any]:
    action_type = action_types.get("kv_get")
    return action_type.perform(checking.validated(action_type, params), call).output


def test_what_is_not_there_is_the_default(scope: Workspace, call: ActionCall) -> None:
    output = read(call, key="k", default=[1])

    assert output == {"found": False, "value": [1], "version": 0, "expires_at": None}


def test_what_is_there_is_told_with_its_end(scope: Workspace, call: ActionCall) -> None:
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        stored = key_values.put("a.b", "k", key_values.Put(None, expires_in_seconds=60))
        output = read(call, key="k", namespace="a.b", default=1)

    assert output == {
        "found": True,
        "value": None,
        "version": stored.version,
        "expires_at": "2026-01-01T00:01:00Z",
    }
