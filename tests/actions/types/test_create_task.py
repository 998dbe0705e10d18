from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from actions.base import ActionCall, ActionFailedError
from actions.models import Task
from core.models import Workspace
from tests.actions.records import LeadFactory, member, perform, problems

pytestmark = pytest.mark.django_db


def test_a_task_is_made_once_for_the_member_with_this_address(call: ActionCall, scope: Workspace) -> None:
    ada = member(scope, "ada")
    lead = LeadFactory.create(workspace=scope)
    params = {"title": "Follow up", "assignee": "ADA@example.com", "priority": "high", "due_date": "2026-02-01"}

    output = perform(call, scope, "create_task", entity_type="lead", entity_id=str(lead.pk), **params)
    again = perform(replace(call, attempt=2), scope, "create_task", entity_type="lead", entity_id="x", **params)

    task = Task.objects.get()
    assert output == again == {
        "id": str(task.pk), "title": "Follow up", "assignee": "ada", "due_at": "2026-02-01T23:59:59Z"
    }  # fmt: skip
    assert (task.assignee, task.priority, task.entity_id, task.workspace) == (ada, "high", str(lead.pk), scope)


@pytest.mark.parametrize(
    ("due", "at"),
    [
        (None, None),
        (date(2026, 7, 1), datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC)),
        ("2026-07-01T09:00:00+02:00", datetime(2026, 7, 1, 7, tzinfo=UTC)),
    ],
)
def test_a_day_ends_where_the_workspace_is(call: ActionCall, scope: Workspace, due: Any, at: Any) -> None:
    scope.time_zone = "Europe/Amsterdam"
    scope.save()

    perform(call, scope, "create_task", title="x", due_date=due)

    assert Task.objects.get().due_at == at


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"assignee": "nobody@example.com"}, "unknown_person"),
        ({"assignee": "stranger"}, "unknown_person"),
        ({"entity_type": "lead", "entity_id": "7"}, "unknown_record"),
        ({"entity_type": "lead"}, "invalid_parameters"),
        ({"due_date": "tomorrow"}, "invalid_parameters"),
        ({"due_date": 7}, "invalid_parameters"),
        ({"due_date": "9999-12-31T23:59:59-14:00"}, "invalid_parameters"),
        ({"due_date": "0001-01-01T00:00:00+14:00"}, "invalid_parameters"),
        ({"priority": "asap"}, "invalid_parameters"),
    ],
)
def test_what_cannot_be_is_refused_and_no_task_is_made(
    call: ActionCall, scope: Workspace, other_workspace: Workspace, params: dict[str, Any], code: str
) -> None:
    member(other_workspace, "stranger")

    with pytest.raises(ActionFailedError) as failure:
        perform(call, scope, "create_task", title="x", **params)

    assert (failure.value.code, Task.objects.count()) == (code, 0)


def test_a_day_without_an_end_in_utc_is_refused(call: ActionCall, scope: Workspace) -> None:
    scope.time_zone = "America/New_York"
    scope.save()

    with pytest.raises(ActionFailedError, match="too far away"):
        perform(call, scope, "create_task", title="x", due_date="9999-12-31")


def test_literal_mistakes_are_problems_when_it_is_published() -> None:
    params = {"title": "x", "due_date": "soon", "entity_type": "leed", "entity_id": "{{ x }}"}

    assert problems("create_task", params) == {"/due_date": "invalid_parameter", "/entity_type": "unknown_entity"}
    assert problems("create_task", {"title": "x", "due_date": "{{ today + 2 }}"}) == {}
