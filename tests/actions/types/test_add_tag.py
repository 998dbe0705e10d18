from dataclasses import replace
from typing import Any

import pytest

from actions.base import ActionCall, ActionFailedError
from actions.models import Tag
from core.models import Workspace
from tests.actions.records import LeadFactory, perform, problems

pytestmark = pytest.mark.django_db


def test_a_record_has_a_tag_once_and_no_more_when_it_is_removed(call: ActionCall, scope: Workspace) -> None:
    key = str(LeadFactory.create(workspace=scope).pk)

    def tags(number: int, **params: Any) -> Any:
        made = replace(call, idempotency_key=str(number))
        return perform(made, scope, "add_tag", entity_type="lead", entity_id=key, **params)["tags"]

    assert tags(1, tag="nurture_track") == ["nurture_track"]
    assert tags(2, tag=" nurture_track ") == ["nurture_track"]
    assert tags(3, tag="hot") == ["hot", "nurture_track"]
    assert tags(4, tag="hot", remove=True) == ["nurture_track"]
    assert tags(5, tag="hot", remove=True) == ["nurture_track"]


def test_a_second_attempt_gives_back_no_tag_that_was_removed_meanwhile(call: ActionCall, scope: Workspace) -> None:
    params = {"entity_type": "lead", "entity_id": str(LeadFactory.create(workspace=scope).pk), "tag": "hot"}
    perform(call, scope, "add_tag", **params)
    Tag.objects.all().delete()

    assert perform(replace(call, attempt=2), scope, "add_tag", **params)["tags"] == ["hot"]

    assert Tag.objects.count() == 0


def test_a_record_that_is_not_there_gets_no_tag(call: ActionCall, scope: Workspace) -> None:
    with pytest.raises(ActionFailedError, match="There is no lead '7'"):
        perform(call, scope, "add_tag", entity_type="lead", entity_id="7", tag="hot")

    assert problems("add_tag", {"entity_type": "leed", "entity_id": "7", "tag": "x"}) == {
        "/entity_type": "unknown_entity"
    }
