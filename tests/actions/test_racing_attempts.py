"""Two attempts of an action at the same time, in processes of their own: its effect happens once, and both say so."""

from typing import Any

import pytest

from actions.models import Export, KeyValue, Note, RecordedEffect, Rotation, Tag, Task
from core import tenancy
from core.models import Workspace
from examples.crm.models import Lead
from tests import rivals
from tests.actions.records import LeadFactory, member

ROUNDS = 9
PEOPLE = ["ada", "ben", "eve"]

ATTEMPTS = """
import json
from uuid import UUID
from actions import checking
from actions.base import ActionCall
from actions.registry import action_types
from core import tenancy
from core.models import Workspace
workspace = Workspace.objects.get(slug={slug!r})
for number, (name, params) in enumerate({calls!r}):
    action_type, run_id = action_types.get(name), UUID(int=number)
    call = ActionCall(workspace.pk, run_id, name, 1, f"key {{number}}", timeout_seconds=30, context={{}})
    with tenancy.scope(workspace.pk):
        result = action_type.perform(checking.validated(action_type, params), call)
    print(json.dumps(["output", number, result.output], sort_keys=True))
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
    said = rivals.race(ATTEMPTS.format(slug=workspace.slug, calls=calls))
    return [[line for line in lines.splitlines() if line.startswith('["output"')] for lines in said]


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
