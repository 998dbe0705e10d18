"""Action types over HTTP."""

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


def test_every_action_type_is_listed_once_with_its_schema(api: APIClient) -> None:
    rows = api.get("/api/v1/action-types/").json()["results"]

    keys = [row["key"] for row in rows if not row["key"].startswith("test_")]
    assert len(keys) == len(set(keys))
    assert {"http_request", "log_event", "send_email", "send_webhook", "set_variables"} <= set(keys)
    control = {
        "condition",
        "switch",
        "parallel",
        "loop",
        "delay",
        "wait_for_event",
        "approval",
        "workflow",
        "stop",
        "fail",
    }
    assert control <= set(keys)
    log_event = next(row for row in rows if row["key"] == "log_event")
    assert (log_event["effects"], log_event["ports"]) == ("none", ["done", "error"])
    assert log_event["params_schema"]["required"] == ["message"]
    sms, webhook = (next(row for row in rows if row["key"] == key) for key in ("send_sms", "send_webhook"))
    assert sms["connections"] == {"connection": ["twilio"]}
    assert webhook["aliases"] == ["call_webhook", "webhook"]
