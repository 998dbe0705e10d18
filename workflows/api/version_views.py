"""Versions of a workflow over HTTP."""

from collections.abc import Iterator, Sequence

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import ListQuery, parameters
from core.api.views import WorkspaceViewSet, answer
from workflows.api import version_shapes as shapes
from workflows.definitions import diffing
from workflows.models import Workflow, WorkflowVersion
from workflows.selectors import versions
from workflows.selectors import workflows as selectors


class VersionViewSet(WorkspaceViewSet):
    """What was published, which never changes."""

    area = "workflows"

    @extend_schema(operation_id="workflows_versions", parameters=parameters(ListQuery), responses=shapes.VersionPage)
    def list(self, request: Request, workflow_id: str) -> Response:
        """The newest versions first, each with how many of its runs go on."""
        workflow = selectors.find(workflow_id)
        self.query(ListQuery)

        def summaries(page: Sequence[WorkflowVersion]) -> Iterator[shapes.VersionSummary]:
            going, active = versions.going(page), workflow.active_version_id
            return (shapes.summary(row, active=active, going=going.get(row.pk, 0)) for row in page)

        return self.page_of(versions.listed(workflow), summaries)

    @extend_schema(operation_id="workflows_version", responses=shapes.VersionDetail)
    def retrieve(self, request: Request, workflow_id: str, pk: str) -> Response:
        """One version by its number, with its definition."""
        workflow = selectors.find(workflow_id)
        row = versions.find(workflow, pk)
        going = versions.going([row]).get(row.pk, 0)
        return answer(shapes.detail(row, active=workflow.active_version_id, going=going))

    @extend_schema(
        operation_id="workflows_version_diff",
        parameters=parameters(shapes.DiffQuery),
        responses=shapes.DiffResponse,
    )
    @action(detail=True, methods=["get"])
    def diff(self, request: Request, workflow_id: str, pk: str) -> Response:
        """What changed from `against` to this version, by what it means. `draft` and `active` are versions here, too.
        Secrets are not shown."""
        workflow, against = selectors.find(workflow_id), self.query(shapes.DiffQuery).against
        return answer(compared(workflow, pk, against=against))


def compared(workflow: Workflow, version: str, *, against: str) -> shapes.DiffResponse:
    """What changed from one version to another. Raises `UnknownVersionError`."""
    after, new = versions.side(workflow, version)
    before, old = versions.side(workflow, against, before=int(after) if after.isdecimal() else None)
    changes = [shapes.change(each) for each in diffing.compare(old, new)]
    return shapes.DiffResponse(before=before, after=after, changes=changes)
