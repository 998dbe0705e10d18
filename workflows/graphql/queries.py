"""What is asked over GraphQL."""

from typing import Annotated, Any

import strawberry

from workflows.api import run_shapes
from workflows.engine.states import WorkflowStatus
from workflows.graphql import connections, run_nodes, shapes, workflow_nodes
from workflows.graphql.connections import DEFAULT_FIRST, After, First
from workflows.graphql.fields import Info, reading
from workflows.graphql.workflow_nodes import Moment, OfStatus
from workflows.models import Workflow
from workflows.selectors import runs, versions

ID = strawberry.ID
OfWorkflowStatus = Annotated[
    WorkflowStatus | None, strawberry.argument(graphql_type=shapes.enum(WorkflowStatus) | None)
]


@strawberry.type(description="What can be read.")
class Query:
    """Each field with the role and the scope of the REST view that shows the same."""

    @reading(connections.of(workflow_nodes.WorkflowNode), area="workflows")
    def workflows(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None, status: OfWorkflowStatus = None
    ) -> Any:
        """The newest workflows first; archived ones only where they are asked for."""
        rows = Workflow.objects.select_related("active_version").defer("draft", "layout", "active_version__definition")
        rows = versions.with_unpublished_changes(rows)
        rows = rows.exclude(status=WorkflowStatus.ARCHIVED) if status is None else rows.filter(status=status)
        return connections.page(rows, lambda page: workflow_nodes.nodes(page, info.context), first=first, after=after)

    @reading(workflow_nodes.WorkflowNode | None, area="workflows")
    def workflow(self, info: Info, id: ID) -> Any:  # noqa: A002  as in REST
        """One workflow by its id or its slug."""
        return workflow_nodes.one(info.context, id)

    @reading(connections.of(run_nodes.RunNode), area="runs")
    def runs(  # noqa: PLR0913, PLR0917  arguments of GraphQL are given by name
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = None,
        workflow: Annotated[ID | None, strawberry.argument(description="The workflow's id or slug")] = None,
        status: OfStatus = None,
        event: Annotated[ID | None, strawberry.argument(description="Our `uid` of it, or the sender's `id`")] = None,
        parent: Annotated[ID | None, strawberry.argument(description="The run whose actions started it")] = None,
        root: Annotated[ID | None, strawberry.argument(description="The event (`uid`) that all began with")] = None,
        cause: Annotated[ID | None, strawberry.argument(description="The run whose failure it handles")] = None,
        replay_of: Annotated[ID | None, strawberry.argument(description="The run that it does again")] = None,
        held: Annotated[bool | None, strawberry.argument(description="Whether it may not start yet")] = None,
        since: Moment = None,
        until: Moment = None,
    ) -> Any:
        """The newest runs first; `since` and `until` are about when they began."""
        about = {"workflow": workflow, "status": status, "event": event, "parent": parent, "held": held}
        given = {**about, "root": root, "cause": cause, "replay_of": replay_of, "since": since, "until": until}
        wanted = shapes.parse(run_shapes.RunQuery, given, path="").filters()
        return connections.page(runs.listed(**wanted), run_nodes.nodes, first=first, after=after)

    @reading(run_nodes.RunNode | None, area="runs")
    def run(self, info: Info, id: ID) -> Any:  # noqa: A002
        """One run."""
        return run_nodes.one(info.context, id)
