"""Two attempts of an action at the same time, in processes of their own: its effect happens once, and both say so."""

import json
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

from actions.models import Export, KeyValue, Note, RecordedEffect, Rotation, Tag, Task
from core import tenancy
from core.models import Workspace
from examples.crm.models import Lead
from tests import processes
from tests.actions.records import LeadFactory, member

ROUNDS = 9
PEOPLE = ["ada", "ben", "eve"]

ATTEMPTS = """
import json, sys, django
django.setup()
from uuid import UUID
from actions import checking
from actions.base import ActionCall
from actions.registry import action_types
from core import tenancy
from core.models import Workspace
workspace = Workspace.objects.get(slug=sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number, (name, params) in enumerate(json.loads(sys.argv[2])):
    action_type, run_id = action_types.get(name), UUID(int=number)
    call = ActionCall(workspace.pk, run_id, name, 1, f"key {number}", timeout_seconds=30, context={})
    with tenancy.scope(workspace.pk):
        result = action_type.perform(checking.validated(action_type, params), call)
    print(json.dumps(["output", number, result.output], sort_keys=True), flush=True)
"""


def effects(lead: Lead, number: int) -> list[tuple[str, dict[str, Any]]]:
    """An action of each type that does something once under its key."""
    about = {"entity_type": "lead", "entity_id": str(lead.pk)}
    fields = {"first_name": "Ada", "email": f"new{number}@example.com"}
    return [
        ("kv_set", {"key": "all", "increment": 1}),
        ("kv_set", {"key": f"own {number}", "increment": 1}),
        ("create_record", {"entity_type": "lead", "fields": fields}),
        ("add_note", {**about, "note": "called"}),
        ("add_tag", {**about, "tag": f"tag {number}"}),
        ("create_task", {"title": "Call", "assignee": PEOPLE[0]}),
        ("assign_owner", {**about, "candidates": PEOPLE}),
        ("enqueue_export", {"entity_type": "lead", "filters": {"first_name": "nobody"}}),
        ("send_notification", {"recipient": "everyone", "message": "hello"}),
    ]


def raced(workspace: Workspace, calls: list[tuple[str, dict[str, Any]]]) -> list[list[str]]:
    """What each of two processes says that came of the calls, which both make in this order."""
    command = [sys.executable, "-W", "ignore", "-c", ATTEMPTS, workspace.slug, json.dumps(calls)]
    variables = {**processes.environment_of_test(), "DJANGO_SETTINGS_MODULE": "config.settings"}
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    racers = [subprocess.Popen(command, env=variables, cwd=settings.BASE_DIR, **pipes) for _ in range(2)]
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert "ready\n" in racer.stdout  # reads up to it
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        said = [racer.communicate(timeout=60)[0].splitlines() for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.wait()
    return [[line for line in lines if line.startswith('["output"')] for lines in said]


@pytest.mark.django_db(transaction=True)
def test_of_two_attempts_in_two_processes_one_has_the_effect_and_both_say_the_same(workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        for name in PEOPLE:
            member(workspace, name)
        leads = [LeadFactory.create(workspace=workspace) for _ in range(ROUNDS)]
    calls = [call for number, lead in enumerate(leads) for call in effects(lead, number)]

    first, second = raced(workspace, calls)

    assert len(first) == len(calls)
    assert first == second
    with tenancy.scope(workspace.pk):
        assert KeyValue.objects.get(key="all").value == ROUNDS
        assert set(KeyValue.objects.exclude(key="all").values_list("value", flat=True)) == {1}
        assert [model.objects.count() for model in (Note, Tag, Task, Export)] == [ROUNDS] * 4
        assert (Lead.objects.count(), RecordedEffect.objects.count()) == (2 * ROUNDS, 7 * ROUNDS)
        assert Rotation.objects.get().last == (ROUNDS - 1) % len(PEOPLE)
