"""What happens in sales that no single field tells: a lead is converted, a deal is won or lost."""

from django.db import transaction

import workflows
from examples.crm.models import Deal, Lead, LeadStatus, Stage


@transaction.atomic
def convert(lead: Lead, *, name: str = "") -> Deal:
    """Make a deal of a lead; sends `lead.converted`."""
    deal = Deal.objects.create(workspace=lead.workspace, name=name or str(lead), owner=lead.owner, amount=lead.budget)
    lead.status = LeadStatus.CONVERTED
    lead.save(update_fields=["status"])
    workflows.emit("lead.converted", {"lead_id": str(lead.pk), "deal_id": str(deal.pk)}, workspace=lead.workspace)
    return deal


@transaction.atomic
def close(deal: Deal, *, lost_because: str | None = None) -> None:
    """Win a deal, or lose it for a reason; sends `deal.won` or `deal.lost`. Nothing for a deal of no workspace."""
    deal.stage = Stage.WON if lost_because is None else Stage.LOST
    deal.save(update_fields=["stage"])
    if deal.workspace is None:
        return
    if lost_because is None:
        workflows.emit("deal.won", {"deal_id": str(deal.pk), "amount": str(deal.amount)}, workspace=deal.workspace)
    else:
        workflows.emit("deal.lost", {"deal_id": str(deal.pk), "reason": lost_because}, workspace=deal.workspace)
