from dataclasses import replace

import pytest

from actions.base import ActionCall, ActionFailedError
from actions.models import Note
from core.models import Workspace
from tests.actions.records import LeadFactory, perform, problems

pytestmark = pytest.mark.django_db


def test_a_note_is_kept_about_the_record_once_for_all_attempts(call: ActionCall, scope: Workspace) -> None:
    key = str(LeadFactory.create(workspace=scope).pk)
    params = {"entity_type": "lead", "entity_id": key, "note": "Qualified", "visibility": "public"}

    output = perform(call, scope, "add_note", **params)
    again = perform(replace(call, attempt=2), scope, "add_note", **params)

    note = Note.objects.get()
    assert output == again == {"id": str(note.pk), "entity_type": "lead", "entity_id": key}
    assert (note.workspace, note.text, note.visibility) == (scope, "Qualified", "public")


def test_nothing_is_noted_about_a_record_of_another_workspace(
    call: ActionCall, scope: Workspace, other_workspace: Workspace
) -> None:
    foreign = LeadFactory.create(workspace=other_workspace)

    with pytest.raises(ActionFailedError, match="There is no lead"):
        perform(call, scope, "add_note", entity_type="lead", entity_id=str(foreign.pk), note="x")

    assert Note.objects.count() == 0


@pytest.mark.parametrize("visibility", ["secret", ""])
def test_an_unknown_visibility_is_refused(call: ActionCall, scope: Workspace, visibility: str) -> None:
    params = {"entity_type": "leed", "entity_id": "1", "note": "x", "visibility": visibility}

    assert problems("add_note", params) == {"/visibility": "invalid_parameter", "/entity_type": "unknown_entity"}
