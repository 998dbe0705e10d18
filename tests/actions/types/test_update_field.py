from dataclasses import replace
from typing import Any

import pytest
from django.db import models

from actions import entities
from actions.base import ActionCall, ActionFailedError
from actions.models import RecordedEffect
from core.models import Role, Workspace
from examples.crm.models import Lead
from tests.actions.records import LeadFactory, member, perform, problems

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(scope: Workspace) -> Lead:
    return LeadFactory.create(workspace=scope)


def update(call: ActionCall, lead: Lead, **params: Any) -> dict[str, Any]:
    return perform(call, lead.workspace, "update_field", entity_type="lead", entity_id=str(lead.pk), **params)


def test_a_field_is_set_and_the_record_returned_with_masks(call: ActionCall, lead: Lead) -> None:
    output = update(call, lead, field="status", value="qualified")

    lead.refresh_from_db()
    assert lead.status == "qualified"
    assert (output["changed"], output["record"]["status"]) == (["status"], "qualified")
    assert (output["record"]["tax_number"], output["record"]["phone"]) == ("***", "***")
    assert lead.tax_number not in str(output)


def test_several_fields_are_set_together_or_not_at_all(call: ActionCall, lead: Lead) -> None:
    with pytest.raises(ActionFailedError, match="score"):
        update(call, lead, fields={"status": "contacted", "score": -1})
    lead.refresh_from_db()
    assert lead.status == "new"

    update(call, lead, fields={"status": "contacted", "score": "77"})

    lead.refresh_from_db()
    assert (lead.status, lead.score) == ("contacted", 77)


def test_events_of_the_change_are_sent(call: ActionCall, lead: Lead) -> None:
    from triggers.models import Event

    update(call, lead, field="status", value="qualified")

    event = Event.objects.get(type="lead.status_changed")
    assert (event.data["old_value"], event.data["new_value"]) == ("new", "qualified")
    assert event.data["lead"]["tax_number"] == "***"


def test_a_second_attempt_changes_nothing_and_answers_the_same(call: ActionCall, lead: Lead) -> None:
    first = update(call, lead, field="status", value="qualified")
    Lead.objects.update(status="contacted")

    second = update(replace(call, attempt=2), lead, field="status", value="qualified")

    lead.refresh_from_db()
    assert first == second
    assert (lead.status, RecordedEffect.objects.count()) == ("contacted", 1)


def test_what_fails_leaves_nothing_and_may_be_done_later(call: ActionCall, lead: Lead) -> None:
    with pytest.raises(ActionFailedError):
        update(call, lead, field="status", value="nope")
    assert RecordedEffect.objects.count() == 0

    assert update(call, lead, field="status", value="qualified")["changed"] == ["status"]


@pytest.mark.parametrize(
    ("params", "code", "text"),
    [
        ({"field": "statsu", "value": "new"}, "unknown_field", "Did you mean 'status'?"),
        ({"field": "created_at", "value": "2026-01-01"}, "field_not_writable", "Writable: status"),
        ({"field": "workspace", "value": "x"}, "field_not_writable", "not writable"),
        ({"field": "tax_number", "value": "1"}, "field_masked", "is masked"),
        ({"field": "company_name", "value": "***"}, "field_masked", "the mask"),
        ({"field": "status", "value": "won"}, "invalid_value", "takes one of new, contacted"),
        ({"field": "score", "value": "many"}, "invalid_value", "'score' takes"),
        ({"field": "score", "value": True}, "invalid_value", "true or false"),
        ({"field": "company_name", "value": ["a"]}, "invalid_value", "a list or an object"),
        ({"field": "company_name", "value": "a\0b"}, "invalid_value", "cannot be stored"),
        ({"field": "company_name", "value": "x" * 201}, "invalid_value", "200"),
        ({"field": "email", "value": "no address"}, "invalid_value", "valid email"),
        ({"field": "owner", "value": 99999999}, "invalid_value", "owner"),
        ({"field": "__class__", "value": 1}, "unknown_field", "no field '__class__'"),
        ({"field": "owner__password", "value": "x"}, "unknown_field", "no field"),
    ],
)
def test_what_cannot_be_set_is_refused_with_a_reason(
    call: ActionCall, lead: Lead, params: dict[str, Any], code: str, text: str
) -> None:
    before = Lead.objects.filter(pk=lead.pk).values().get()

    with pytest.raises(ActionFailedError) as failure:
        update(call, lead, **params)

    assert (failure.value.code, failure.value.is_retryable) == (code, False)
    assert text in failure.value.message
    assert Lead.objects.filter(pk=lead.pk).values().get() == before


def test_a_record_of_another_workspace_is_not_there(call: ActionCall, lead: Lead, other_workspace: Workspace) -> None:
    foreign = LeadFactory.create(workspace=other_workspace)

    for key in (str(foreign.pk), "0190f5a0-0000-7000-8000-000000000000", "no id", "1"):
        with pytest.raises(ActionFailedError, match="There is no lead") as failure:
            perform(
                call, lead.workspace, "update_field", entity_type="lead", entity_id=key, field="status", value="new"
            )
        assert failure.value.code == "unknown_record"


def test_a_foreign_key_leads_only_to_what_the_workspace_may_see(
    call: ActionCall, lead: Lead, other_workspace: Workspace
) -> None:
    stranger, colleague = member(other_workspace, "stranger"), member(lead.workspace, "colleague")

    with pytest.raises(ActionFailedError, match="not in this workspace"):
        update(call, lead, field="owner", value=stranger.pk)
    update(call, lead, field="owner_id", value=colleague.pk)

    lead.refresh_from_db()
    assert lead.owner == colleague


def test_a_role_writes_what_it_may(call: ActionCall, lead: Lead) -> None:
    with pytest.raises(ActionFailedError, match="by the role admin; that of this workflow is editor") as failure:
        update(replace(call, role=Role.EDITOR), lead, field="budget", value=5)
    assert failure.value.code == "not_permitted"

    update(replace(call, role=Role.ADMIN), lead, field="budget", value=5)

    assert Lead.objects.get().budget == 5


def test_a_change_of_somebody_else_is_not_overwritten_when_it_says_so(call: ActionCall, lead: Lead) -> None:
    with pytest.raises(ActionFailedError, match="changed by somebody else") as failure:
        update(call, lead, field="score", value=60, if_unchanged={"status": "contacted"})
    assert failure.value.code == "changed_meanwhile"

    assert update(call, lead, field="score", value=60, if_unchanged={"status": "new", "score": 50})["changed"]


def test_masked_fields_are_not_compared(call: ActionCall, lead: Lead) -> None:
    with pytest.raises(ActionFailedError, match="cannot be compared"):
        update(call, lead, field="score", value=60, if_unchanged={"tax_number": "NL123456789B01"})


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"entity_type": "leed", "field": "status", "value": "new"}, {"/entity_type": "unknown_entity"}),
        ({"field": "statsu", "value": "new"}, {"/field": "unknown_field"}),
        ({"field": "status", "value": "won"}, {"/field": "invalid_value"}),
        ({"field": "status", "value": "{{ x }}"}, {}),
        ({"field": "{{ x }}", "value": 1}, {}),
        ({"entity_type": "{{ x }}", "field": "status", "value": "new"}, {}),
        ({"fields": {"phone": "1", "score": "a"}}, {"/fields/phone": "field_masked", "/fields/score": "invalid_value"}),
        ({"field": ["status"], "value": {}}, {"/field": "invalid_parameter"}),
    ],
)
def test_literal_mistakes_are_problems_when_it_is_published(params: dict[str, Any], found: dict[str, str]) -> None:
    assert problems("update_field", {"entity_type": "lead", "entity_id": "{{ lead.id }}", **params}) == found


def test_only_a_cleared_type_reads_and_writes_what_is_masked(call: ActionCall, lead: Lead) -> None:
    plain = entities.entities.get("lead")
    entities.unregister("lead")
    try:
        entities.register(
            Lead, readable=["tax_number"], writable=["tax_number"], masked=["tax_number"], cleared=["update_field"]
        )
        output = update(call, lead, field="tax_number", value="NL2")
    finally:
        entities.unregister("lead")
        entities.entities.register("lead", plain)
        from core import masking

        masking.declare(Lead, ["tax_number", "phone"], by="entities")

    assert output["record"]["tax_number"] == "NL2"
    assert isinstance(Lead._meta.get_field("tax_number"), models.CharField)
