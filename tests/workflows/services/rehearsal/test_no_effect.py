"""Proof that nothing happens in test mode: every registered action type, with everything watched that could tell."""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NoReturn

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from actions import samples
from actions.registry import action_types
from core import publish, tenancy
from core.models import Role, Workspace
from tests import factories
from workflows.models import Workflow
from workflows.services import imagining
from workflows.services.rehearsal import preparing, rehearsing
from workflows.services.rehearsal.preparing import Wanted
from workflows.types.base import ControlType

pytestmark = pytest.mark.django_db

Json = dict[str, Any]

PLAIN = [each.key for each in action_types if not isinstance(each, ControlType) and not each.key.startswith("test_")]
RECORD = {"entity_type": "contact", "entity_id": "1"}
DATA = {"stream": {"id": "s1"}, "vod": {"id": "v1"}}  # read by defaults of parameters
# What an example of the parameters' schema does not say.
PARAMS: dict[str, Json] = {
    "send_email": {"to": "a@example.com", "subject": "s", "text": "t"},
    "set_variables": {"variables": {"a": 1}},
    "transform_data": {"mapping": {"a": 1}},
    "http_request": {"url": "https://api.example.com/", "json": {"a": 1}},
    "send_webhook": {"url": "https://api.example.com/", "signing_secret": None},
    "kv_set": {"key": "a", "value": 1},
    "object_put": {"key": "a/b.txt", "content": "x"},
    "object_get": {"key": "a/b.txt"},
    "send_sms": {"to": "+31612345678", "text": "x"},
    "db_query": {"sql": "SELECT 1"},
    "db_execute": {"sql": "DELETE FROM a"},
    "enqueue_export": {"entity_type": "contact", "email_to": "a@example.com"},
    "update_field": {**RECORD, "field": "name", "value": "x"},
    "resend_send_email": {"to": ["a@example.com"]},
    "validate_data": {"schema": {}, "input": 1},
    "emit_event": {"type": "a.b"},
    "create_task": {"title": "x"},
    "ai_classification": {"text": "x", "labels": ["a", "b"]},
    "assign_owner": {**RECORD, "owner": "a@example.com"},
    "ai_agent": {"instructions": "x", "tools": [{"type": "kv_set"}]},
}


def params_of(key: str) -> Json:
    """The least that the type takes."""
    schema = action_types.get(key).params_model.model_json_schema()
    example = samples.of_schema(schema)
    return {name: example[name] for name in schema.get("required", [])} | PARAMS.get(key, {})


def refuse(*_: object) -> NoReturn:
    raise AssertionError("something was sent")


def test_no_action_type_does_anything_in_test_mode(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    committed: Callable[..., AbstractContextManager[list[Any]]],
) -> None:
    parts = [
        {"id": f"a{index}", "type": key, "params": params_of(key), "needs": [], "allow_failure": True}
        for index, key in enumerate(PLAIN)
    ]
    workflow = Workflow(workspace=workspace, slug="all", draft=factories.definition(*parts))
    workflow.draft = {**workflow.draft, "triggers": [{"id": "t1", "type": "manual"}]}
    del workflow.draft["trigger"]
    with tenancy.scope(workspace.pk):
        subject, now = preparing.compiled(workflow, role=Role.ADMIN), timezone.now()
        event = imagining.imagine_again(type_="lead.created", data=DATA, workspace=workspace, now=now)
        script = preparing.script_of(
            subject, Wanted(event=event), event=event, now=now, trigger_key="", workspace=workspace
        )
        before = counts()
        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(publish, "task", refuse)

        with CaptureQueriesContext(connection) as queries, committed() as callbacks:
            report = rehearsing.rehearse(script)

        assert counts() == before
    failed = {each.type: each.error for each in report.actions if each.error}
    assert failed == {}
    assert [each.type for each in report.actions] == PLAIN
    assert {each.type for each in report.actions if each.would is None and each.source != "computed"} == set()
    assert {each["sql"].split()[0] for each in queries} <= {"SELECT"}
    assert (callbacks, mail.outbox) == ([], [])


def counts() -> dict[str, int]:
    with tenancy.unscoped("the test counts all rows"):
        return {each.__name__: each._default_manager.count() for each in apps.get_models()}
