from collections.abc import Callable
from typing import Any

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.models import Trigger
from triggers.services import catalogue
from triggers.services.catalogue import TriggerSpec
from workflows.models import Workflow


@pytest.fixture
def workflow(workspace: Workspace) -> Workflow:
    """A published workflow, without triggers."""
    workflow = factories.published(workspace)
    with tenancy.scope(workspace.pk):
        Trigger.objects.all().delete()
        workflow.refresh_from_db()
    return workflow


@pytest.fixture
def replace(workflow: Workflow) -> Callable[..., None]:
    def call(*specs: TriggerSpec) -> None:
        version_id = workflow.active_version_id
        assert version_id is not None
        with tenancy.scope(workflow.workspace_id):
            catalogue.replace(specs, workflow_id=workflow.pk, version_id=version_id)

    return call


def spec(key: str, event_type: str = "lead.created", **changes: Any) -> TriggerSpec:
    parts = {"type": "event", "filters": {"a": {"eq": 1}}, "conditions": None, **changes}
    return TriggerSpec(key=key, event_type=event_type, **parts)


def stored(workflow: Workflow) -> dict[str, tuple[str, bool]]:
    with tenancy.scope(workflow.workspace_id):
        rows = Trigger.objects.filter(workflow=workflow)
        return {row.key: (row.event_type, row.is_active) for row in rows}


def ids(workflow: Workflow) -> dict[str, object]:
    with tenancy.scope(workflow.workspace_id):
        return {row.key: row.pk for row in Trigger.objects.filter(workflow=workflow)}


def test_specs_become_rows(workflow: Workflow, replace: Callable[..., None]) -> None:
    conditions = {"field": "a", "operator": "eq", "value": 1}

    replace(spec("one", "lead.*", conditions=conditions))

    with tenancy.scope(workflow.workspace_id):
        [row] = Trigger.objects.filter(workflow=workflow)
    assert (row.workspace_id, row.version_id) == (workflow.workspace_id, workflow.active_version_id)
    assert (row.key, row.type, row.event_type, row.is_active) == ("one", "event", "lead.*", True)
    assert (row.filters, row.conditions) == ({"a": {"eq": 1}}, conditions)


def test_a_key_keeps_its_row(workflow: Workflow, replace: Callable[..., None]) -> None:
    replace(spec("one"), spec("two"))
    before = ids(workflow)

    replace(spec("two", "lead.closed"), spec("one", "lead.*"))

    assert ids(workflow) == before
    assert stored(workflow) == {"one": ("lead.*", True), "two": ("lead.closed", True)}


def test_keys_that_are_gone_stop_listening_and_their_rows_stay(
    workflow: Workflow, replace: Callable[..., None]
) -> None:
    replace(spec("one"), spec("two"))

    replace(spec("two"))

    assert stored(workflow) == {"one": ("lead.created", False), "two": ("lead.created", True)}


def test_a_key_that_comes_back_listens_again_in_its_row(workflow: Workflow, replace: Callable[..., None]) -> None:
    replace(spec("one"))
    before = ids(workflow)
    replace()

    replace(spec("one"))

    assert ids(workflow) == before
    assert stored(workflow) == {"one": ("lead.created", True)}


def test_replacing_twice_changes_nothing(workflow: Workflow, replace: Callable[..., None]) -> None:
    replace(spec("one"), spec("two"))
    first = (ids(workflow), stored(workflow))

    replace(spec("one"), spec("two"))

    assert (ids(workflow), stored(workflow)) == first


def test_triggers_of_other_workflows_are_left_alone(
    workspace: Workspace, workflow: Workflow, replace: Callable[..., None]
) -> None:
    other = factories.published(workspace, factories.definition(name="Other"))
    before = stored(other)

    replace(spec("one"))

    assert stored(other) == before
    assert list(before.values()) == [("lead.created", True)]


def test_a_crash_between_two_writes_leaves_the_old_triggers(
    workflow: Workflow, replace: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(spec("one"), spec("two"))
    before = stored(workflow)

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(Trigger.objects, "bulk_create", crash)
    with pytest.raises(RuntimeError, match="killed"):
        replace(spec("one", "x.y"), spec("three"))

    assert stored(workflow) == before


def test_another_workspace_cannot_switch_triggers_off(
    workflow: Workflow, other_workspace: Workspace, replace: Callable[..., None]
) -> None:
    replace(spec("one"))
    version_id = workflow.active_version_id
    assert version_id is not None

    with tenancy.scope(other_workspace.pk):
        catalogue.replace([], workflow_id=workflow.pk, version_id=version_id)

    assert stored(workflow) == {"one": ("lead.created", True)}
