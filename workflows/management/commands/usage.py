"""`manage.py usage show|quotas`: what the runs of a workspace used up, and how much of its limits is left."""

from argparse import ArgumentParser

from django.utils import timezone

from core import validation
from core.api.workspaces import QuotaListing, QuotaResponse
from core.management.printing import table
from core.management.workspace_commands import Answer, Asked, Subcommand, WorkspaceCommand
from core.selectors import quotas
from workflows.api import monitoring_shapes, monitoring_views
from workflows.selectors import monitoring


def _show(asked: Asked) -> Answer:
    given = {name: asked[name] for name in ("since", "until", "workflow") if asked[name]}
    query = validation.parse(monitoring_shapes.UsageQuery, given, detail="The period is not valid.")
    found = monitoring.used(monitoring_views.usage_period(query))
    shapes = [monitoring_shapes.used(each) for each in found]
    rows = [(each.on, each.workflow.name, f"{each.runs:,}", _amounts(each)) for each in shapes]
    body = monitoring_shapes.UsageListing(results=shapes)
    return Answer(body, table(("day", "workflow", "runs", "used"), rows))


def _amounts(each: monitoring_shapes.UsageResponse) -> str:
    return ", ".join(f"{name} {amount:,}" for name, amount in sorted(each.usage.items()) if amount)


def _quotas(asked: Asked) -> Answer:
    found = quotas.of_workspace(asked.workspace, now=timezone.now())
    body = QuotaListing(results=[QuotaResponse.model_validate(each, from_attributes=True) for each in found])
    rows = [(each.name, each.used, each.limit, each.resets_at) for each in found]
    return Answer(body, table(("limit", "used", "of", "resets"), rows))


def _period(parser: ArgumentParser) -> None:
    parser.add_argument("--since", help="ISO 8601; default: 7 days before --until")
    parser.add_argument("--until", help="default: now; at most 31 days in all")
    parser.add_argument("--workflow", help="id or slug")


class Command(WorkspaceCommand):
    """Days are in UTC."""

    help = "What the runs of a workspace used up, by day and workflow, and its quotas."
    subcommands = (
        Subcommand("show", "By day and workflow, the newest day first.", _show, _period),
        Subcommand("quotas", "How much of each limit is used.", _quotas),
    )
