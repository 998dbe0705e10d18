"""The three examples of the requirement, from an event of the CRM to what is in the database."""

from typing import Any

import pytest

from actions.models import Note, Tag, Task
from actions.registry import action_types
from core import tenancy
from core.models import Workspace
from examples.crm import selling
from examples.crm.models import Deal, Forecast, Lead, LeadStatus, Stage
from tests import runner
from tests.actions.records import DealFactory, LeadFactory, member
from triggers.models import Event
from triggers.services import matching
from workflows.models import ActionRun, Run
from workflows.services import decisions, workflows
from workflows.services.templates import forking, library

pytestmark = pytest.mark.django_db


def publish(slug: str) -> None:
    """The template as it is; without actions of types that are not installed here."""
    workflow = forking.fork(library.find(slug), {})
    known = [each for each in workflow.draft["actions"] if each["type"] in action_types]
    workflows.publish(workflows.update(workflow, {**workflow.draft, "actions": known}), published_by="test")


def follow(workspace: Workspace) -> list[Run]:
    """Let what happened so far be matched, and the runs go as far as they can; the runs, oldest first."""
    with tenancy.scope(workspace.pk):
        matching.match_many([*Event.objects.values_list("pk", flat=True)])
    runner.drain()
    with tenancy.scope(workspace.pk):
        return [*Run.objects.order_by("id")]


def test_a_high_value_lead_is_qualified_assigned_and_followed_up(scope: Workspace) -> None:
    senior = member(scope, "senior1")
    member(scope, "senior2")
    publish("high-value-lead")

    lead = LeadFactory.create(workspace=scope, annual_revenue=2_000_000, budget=60_000, company_name="Engines")
    [run] = follow(scope)

    lead.refresh_from_db()
    assert (run.status, run.error) == ("completed", None)
    assert (lead.status, lead.owner) == (LeadStatus.QUALIFIED, senior)
    task = Task.objects.get()
    assert (task.title, task.assignee, task.priority) == ("Follow up with Engines", senior, "high")
    assert (task.entity_type, task.entity_id) == ("lead", str(lead.pk))
    assert task.due_at is not None
    told: list[Any] = [*Event.objects.values("data"), *ActionRun.objects.values("output")]
    assert lead.tax_number not in str(told)


@pytest.mark.parametrize("values", [{"annual_revenue": 999_999, "budget": 60_000}, {"annual_revenue": 2_000_000}])
def test_another_lead_is_left_alone(scope: Workspace, values: dict[str, int]) -> None:
    publish("high-value-lead")

    lead = LeadFactory.create(workspace=scope, **values)

    assert follow(scope) == []
    lead.refresh_from_db()
    assert (lead.status, Task.objects.count()) == (LeadStatus.NEW, 0)


def negotiate(workspace: Workspace, amount: int) -> Deal:
    publish("deal-negotiation")
    deal = DealFactory.create(workspace=workspace, amount=amount)
    deal.stage = Stage.NEGOTIATION
    deal.save()
    return deal


def test_a_small_deal_in_negotiation_is_noted_and_forecast(scope: Workspace) -> None:
    deal = negotiate(scope, 100_000)

    [run] = follow(scope)

    deal.refresh_from_db()
    assert (run.status, deal.forecast) == ("completed", Forecast.BEST_CASE)
    assert "it was in new" in Note.objects.get(entity_id=str(deal.pk)).text


@pytest.mark.parametrize(("decision", "forecast"), [("approved", "best_case"), ("rejected", "pipeline")])
def test_a_large_deal_waits_for_an_approval(scope: Workspace, decision: str, forecast: str) -> None:
    deal = negotiate(scope, 100_001)
    [run] = follow(scope)
    assert (run.status, Note.objects.count()) == ("waiting", 0)

    waiting = ActionRun.objects.get(run=run, key="approve")
    decisions.decide(waiting, decision, comment="as we said", by="boss")
    runner.drain()

    deal.refresh_from_db()
    assert (deal.forecast, Note.objects.count()) == (forecast, 1)


def test_a_lead_with_a_low_score_is_nurtured(scope: Workspace) -> None:
    publish("lead-nurture")

    lead = LeadFactory.create(workspace=scope, score=59, email="")
    LeadFactory.create(workspace=scope, score=60)
    [run] = follow(scope)

    lead.refresh_from_db()
    assert (run.status, lead.campaign) == ("completed", "nurture")
    assert Tag.objects.get().name == "nurture_track"
    assert Task.objects.get().entity_id == str(lead.pk)


def test_selling_sends_the_events_of_the_catalogue(scope: Workspace) -> None:
    lead = LeadFactory.create(workspace=scope, budget=7)

    deal = selling.convert(lead)
    selling.close(deal)
    selling.close(DealFactory.create(workspace=scope), lost_because="price")

    told = dict(Event.objects.filter(type__in=["lead.converted", "deal.won", "deal.lost"]).values_list("type", "data"))
    assert told["lead.converted"] == {"lead_id": str(lead.pk), "deal_id": str(deal.pk)}
    assert told["deal.won"] == {"deal_id": str(deal.pk), "amount": "7"}
    assert told["deal.lost"]["reason"] == "price"
    assert Lead.objects.get().status == LeadStatus.CONVERTED
