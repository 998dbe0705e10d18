from dataclasses import replace
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from actions import checking
from actions.base import ActionCall
from actions.registry import action_types
from actions.types import log_event
from core.redaction import Redactor
from tests.actions.conftest import RUN_ID


def written_by(params: dict[str, Any], call: ActionCall, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], Any]:
    monkeypatch.setattr(log_event, "log", structlog.wrap_logger(None))
    action_type = action_types.get("log_event")
    with capture_logs() as lines:
        result = action_type.perform(checking.validated(action_type, params), call)
    return result.output, lines


def test_a_line_is_written_with_its_level_and_fields(call: ActionCall, monkeypatch: pytest.MonkeyPatch) -> None:
    params = {"message": "Hello", "level": "warning", "fields": {"lead": 7, "event": "x"}}

    output, lines = written_by(params, call, monkeypatch)

    assert output == params
    assert lines == [
        {
            "event": "workflow log",
            "log_level": "warning",
            "run_id": str(RUN_ID),
            "action": "greet",
            "message": "Hello",
            "fields": {"lead": 7, "event": "x"},
        }
    ]


def test_secrets_of_the_parameters_do_not_reach_the_log(call: ActionCall, monkeypatch: pytest.MonkeyPatch) -> None:
    call = replace(call, redactor=Redactor(["hunter2"]))

    _, lines = written_by({"message": "key hunter2", "fields": {"a": ["hunter2"]}}, call, monkeypatch)

    assert "hunter2" not in str(lines)
    assert lines[0]["message"] == "key [redacted]"
