from dataclasses import replace
from typing import Any

import pytest

from actions.base import ActionCall, ActionFailedError
from core.models import Workspace
from examples.crm.models import Account, Contact, Lead
from tests.actions.records import perform, problems

pytestmark = pytest.mark.django_db


def create(call: ActionCall, to: Workspace, **fields: Any) -> dict[str, Any]:
    return perform(call, to, "create_record", entity_type="contact", fields=fields)


def test_a_record_is_made_in_the_workspace_of_the_run(call: ActionCall, scope: Workspace) -> None:
    output = create(call, scope, first_name="Grace", email="grace@example.com")

    contact = Contact.objects.get()
    assert (contact.workspace, contact.first_name) == (scope, "Grace")
    assert output["entity_id"] == str(contact.pk)
    assert (output["record"]["first_name"], output["record"]["phone"]) == ("Grace", "***")


def test_a_second_attempt_makes_no_second_record(call: ActionCall, scope: Workspace) -> None:
    first = create(call, scope, first_name="Grace")
    second = create(replace(call, attempt=2), scope, first_name="Grace")
    other = create(replace(call, idempotency_key="another"), scope, first_name="Grace")

    assert (first == second, first == other, Contact.objects.count()) == (True, False, 2)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "invalid_value"),
        ({"first_name": "x", "workspace": "y"}, "field_not_writable"),
        ({"first_name": "x", "phone": "1"}, "field_masked"),
        ({"first_name": "x", "id": 7}, "field_not_writable"),
        ({"first_name": "x", "frist_name": "y"}, "unknown_field"),
    ],
)
def test_what_cannot_be_made_is_refused(call: ActionCall, scope: Workspace, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(ActionFailedError) as failure:
        create(call, scope, **fields)

    assert (failure.value.code, Contact.objects.count()) == (code, 0)


def test_it_refers_to_nothing_of_another_workspace(
    call: ActionCall, scope: Workspace, other_workspace: Workspace
) -> None:
    foreign = Account.objects.create(workspace=other_workspace, title="Theirs")
    own = Account.objects.create(workspace=scope, title="Ours")

    with pytest.raises(ActionFailedError, match="not in this workspace"):
        create(call, scope, first_name="Grace", account=foreign.pk)

    assert create(call, scope, first_name="Grace", account=own.pk)["record"]["account_id"] == own.pk
    assert Lead.objects.count() == 0


def test_literal_mistakes_are_problems_when_it_is_published() -> None:
    params = {"entity_type": "contact", "fields": {"frist_name": "x", "email": "y", "last_name": "{{ z }}"}}

    assert problems("create_record", params) == {
        "/fields/frist_name": "unknown_field",
        "/fields/email": "invalid_value",
    }
