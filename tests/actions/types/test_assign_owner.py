from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from actions.base import ActionCall, ActionFailedError
from core.models import Workspace
from examples.crm.models import Lead
from tests.actions.records import LeadFactory, member, perform, problems

pytestmark = pytest.mark.django_db

Assign = Callable[..., Any]


@pytest.fixture
def assign(call: ActionCall, scope: Workspace) -> Assign:
    """Assigns a new lead, and answers the login of its owner."""
    numbers = count()

    def make(lead: Lead | None = None, **params: Any) -> Any:
        lead = lead or LeadFactory.create(workspace=scope)
        made = replace(call, idempotency_key=f"key {next(numbers)}")
        output = perform(made, scope, "assign_owner", entity_type="lead", entity_id=str(lead.pk), **params)
        lead.refresh_from_db()
        assert lead.owner is None or output["owner"] in (lead.owner.username, None)
        return output["owner"]

    return make


@pytest.mark.parametrize("name", ["ada", "ada@example.com", "Ada@Example.com"])
def test_a_member_becomes_the_owner(assign: Assign, scope: Workspace, name: str) -> None:
    member(scope, "ada")

    assert assign(owner=name) == "ada"


def test_candidates_take_turns(assign: Assign, scope: Workspace) -> None:
    team = [member(scope, name).email for name in ("ada", "grace", "joan")]

    assert [assign(candidates=team) for _ in range(4)] == ["ada", "grace", "joan", "ada"]


def test_the_one_with_the_fewest_records_is_next(assign: Assign, scope: Workspace, other_workspace: Workspace) -> None:
    ada, grace = member(scope, "ada"), member(scope, "grace")
    LeadFactory.create_batch(2, workspace=scope, owner=ada)
    LeadFactory.create_batch(9, workspace=other_workspace, owner=grace)

    owners = [assign(candidates=["ada", "grace"], strategy="least_loaded") for _ in range(3)]

    assert owners == ["grace", "grace", "ada"]


def test_a_second_attempt_takes_no_second_turn(call: ActionCall, scope: Workspace) -> None:
    for name in ("ada", "grace"):
        member(scope, name)
    lead = LeadFactory.create(workspace=scope)
    params = {"entity_type": "lead", "entity_id": str(lead.pk), "candidates": ["ada", "grace"]}

    outputs = [perform(replace(call, attempt=number), scope, "assign_owner", **params) for number in (1, 2)]

    assert [each["owner"] for each in outputs] == ["ada", "ada"]


def test_an_owner_stays_when_it_says_so(assign: Assign, scope: Workspace) -> None:
    ada, _ = member(scope, "ada"), member(scope, "grace")
    lead = LeadFactory.create(workspace=scope, owner=ada)

    assert assign(lead, owner="grace", only_if_unowned=True) is None
    assert assign(lead, owner="grace") == "grace"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"owner": "stranger"}, "unknown_person"),
        ({"candidates": ["ada", "nobody"]}, "unknown_person"),
        ({"owner": "left"}, "unknown_person"),
        ({}, "invalid_parameters"),
        ({"owner": "ada", "candidates": ["ada"]}, "invalid_parameters"),
    ],
)
def test_nobody_but_an_active_member_becomes_the_owner(
    assign: Assign, scope: Workspace, other_workspace: Workspace, params: dict[str, Any], code: str
) -> None:
    member(scope, "ada")
    member(other_workspace, "stranger")
    gone = member(scope, "left")
    gone.is_active = False
    gone.save()

    with pytest.raises(ActionFailedError) as failure:
        assign(**params)

    assert (failure.value.code, Lead.objects.filter(owner__isnull=False).count()) == (code, 0)


def test_what_has_no_owner_is_a_problem_when_it_is_published(call: ActionCall, scope: Workspace) -> None:
    params = {"entity_type": "account", "entity_id": "1", "owner": "ada"}

    assert problems("assign_owner", params) == {"/entity_type": "no_owner"}
    with pytest.raises(ActionFailedError, match="has no owner"):
        perform(call, scope, "assign_owner", **params)
