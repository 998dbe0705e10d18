"""What is changed over GraphQL: each field is one transaction of the service that the REST view calls."""

from typing import Annotated, Any
from uuid import UUID

import strawberry

from core.api.keys import one_key
from core.models import Role
from workflows.api import repair_shapes, run_shapes, testing_shapes, testing_views, version_shapes
from workflows.api import shapes as workflow_shapes
from workflows.api.version_shapes import ActivateRequest
from workflows.graphql import run_nodes, shapes, workflow_nodes
from workflows.graphql.fields import Info, change, reading
from workflows.models import ActionRun, Run
from workflows.selectors import workflows as selectors
from workflows.services import decisions, lifecycle, publishing, starting, stopping, workflows
from workflows.services.publishing import Activated, Wish
from workflows.services.rehearsal import testing
from workflows.services.repair import rerunning, retrying, skipping

ID = strawberry.ID
Given = dict[str, Any]

_WORKFLOW = workflow_nodes.WorkflowNode | None
_RUN = run_nodes.RunNode | None
_EDITOR, _OPERATOR = Role.EDITOR, Role.OPERATOR


@strawberry.type(description="A workflow, the version that is active now, and what becomes of the runs that go on.")
class Published:
    """What publishing and going back come to."""

    workflow: workflow_nodes.WorkflowNode | None  # as in `Started`
    version: shapes.output(workflow_shapes.VersionResponse, name="PublishedVersion")  # type: ignore[valid-type]
    runs: shapes.output(workflow_shapes.MovedResponse)  # type: ignore[valid-type]


@strawberry.type(description="The run that was started, and whether it had been before, with the same key.")
class Started:
    """A run that somebody started."""

    run: run_nodes.RunNode | None  # an error below it comes after the commit, and does not hide the change
    duplicate: bool


Create = Annotated[Given, shapes.argument(workflow_shapes.WorkflowRequest)]
Patch = Annotated[Given | None, shapes.argument(workflow_shapes.WorkflowPatch)]
Publish = Annotated[Given | None, shapes.argument(version_shapes.PublishRequest)]
Rollback = Annotated[Given, shapes.argument(version_shapes.RollbackRequest)]
Why = Annotated[Given | None, shapes.argument(version_shapes.WorkflowReasonRequest)]
Execute = Annotated[Given | None, shapes.argument(workflow_shapes.ExecuteRequest)]
Test = Annotated[Given, shapes.argument(testing_shapes.TestRequest)]
Cancel = Annotated[Given | None, shapes.argument(repair_shapes.CancelRequest)]
Retry = Annotated[Given | None, shapes.argument(repair_shapes.RetryRequest, name="RetryInput")]
Skip = Annotated[Given, shapes.argument(repair_shapes.SkipRequest)]
Replay = Annotated[Given | None, shapes.argument(repair_shapes.ReplayRequest)]
Decision = Annotated[Given, shapes.argument(run_shapes.DecisionRequest)]


@strawberry.type(description="What can be done. Each field is done as a whole or not at all, one after the other.")
class Mutation:
    """Each field with the role and the scope of the REST view that does the same."""

    @change(_WORKFLOW, area="workflows", role=_EDITOR)
    def create_workflow(self, info: Info, input: Create) -> Any:  # noqa: A002  what such arguments are called
        """Store a draft, which may have problems."""
        body = shapes.parse(workflow_shapes.WorkflowRequest, input)
        row = workflows.create(body.definition, name=body.name, by=info.context.caller.name)
        return workflow_nodes.one(info.context, str(row.pk))

    @change(_WORKFLOW, area="workflows", role=_EDITOR)
    def update_workflow(self, info: Info, id: ID, input: Create) -> Any:  # noqa: A002
        """Replace the draft. With `revision`, `precondition_failed` where somebody changed it meanwhile."""
        body = shapes.parse(workflow_shapes.WorkflowRequest, input)
        expected = version_shapes.from_revision(body.revision)
        by = info.context.caller.name
        row = workflows.update(selectors.find(id), body.definition, name=body.name, by=by, expected=expected)
        return workflow_nodes.one(info.context, str(row.pk))

    @change(_WORKFLOW, area="workflows", role=_EDITOR)
    def patch_workflow(self, info: Info, id: ID, input: Patch = None) -> Any:  # noqa: A002
        """Change what is given: the name, the description, or parts of the draft, by a JSON merge patch."""
        body = shapes.parse(workflow_shapes.WorkflowPatch, input)
        row = workflows.patch(
            selectors.find(id),
            body.definition,
            name=body.name or "",
            description=body.description,
            by=info.context.caller.name,
            expected=version_shapes.from_revision(body.revision),
        )
        return workflow_nodes.one(info.context, str(row.pk))

    @change(ID | None, area="workflows", role=_EDITOR)
    def delete_workflow(self, info: Info, id: ID, revision: int | None = None) -> Any:  # noqa: A002
        """Delete a workflow that never ran, and give its id. Any other is archived."""
        row = selectors.find(id)
        pk = str(row.pk)
        lifecycle.delete(row, by=info.context.caller.name, expected=version_shapes.from_revision(revision))
        return pk

    @change(Published | None, area="workflows", role=_EDITOR, cost=500)
    def publish_workflow(self, info: Info, id: ID, input: Publish = None) -> Any:  # noqa: A002
        """Make the draft the active version, or say everything that is wrong with it."""
        row, body = selectors.find(id), shapes.parse(version_shapes.PublishRequest, input)
        return _published(info, id, publishing.publish(row, _wish(info, body)))

    @change(Published | None, area="workflows", role=_EDITOR, cost=500)
    def rollback_workflow(self, info: Info, id: ID, input: Rollback) -> Any:  # noqa: A002
        """Make an earlier version the active one again."""
        row, body = selectors.find(id), shapes.parse(version_shapes.RollbackRequest, input)
        found = publishing.roll_back(row, body.version, _wish(info, body), with_draft=body.draft)
        return _published(info, id, found)

    @change(_WORKFLOW, area="workflows", role=_EDITOR)
    def pause_workflow(self, info: Info, id: ID) -> Any:  # noqa: A002
        """Let an active workflow start no more runs. Those that run go on."""
        workflows.pause(selectors.find(id), by=info.context.caller.name)
        return workflow_nodes.one(info.context, id)

    @change(_WORKFLOW, area="workflows", role=_EDITOR)
    def resume_workflow(self, info: Info, id: ID) -> Any:  # noqa: A002
        """Let a paused workflow listen again, and close its circuit breaker."""
        workflows.resume(selectors.find(id), by=info.context.caller.name)
        return workflow_nodes.one(info.context, id)

    @change(_WORKFLOW, area="workflows", role=_EDITOR)
    def archive_workflow(self, info: Info, id: ID, input: Why = None) -> Any:  # noqa: A002
        """Let it listen no more, and show in no list but that of archived ones. It can be restored."""
        reason = shapes.parse(version_shapes.WorkflowReasonRequest, input).reason
        lifecycle.archive(selectors.find(id), by=info.context.caller.name, reason=reason)
        return workflow_nodes.one(info.context, id)

    @change(_WORKFLOW, area="workflows", role=_EDITOR)
    def restore_workflow(self, info: Info, id: ID, input: Why = None) -> Any:  # noqa: A002
        """Bring an archived workflow back, paused until it is resumed."""
        reason = shapes.parse(version_shapes.WorkflowReasonRequest, input).reason
        lifecycle.restore(selectors.find(id), by=info.context.caller.name, reason=reason)
        return workflow_nodes.one(info.context, id)

    @change(Started | None, area="runs", role=_OPERATOR)
    def execute_workflow(self, info: Info, id: ID, input: Execute = None) -> Any:  # noqa: A002
        """Start a run of an active workflow by hand; with an idempotency key there is one run."""
        body = shapes.parse(workflow_shapes.ExecuteRequest, input)
        key = one_key(body.idempotency_key, "")
        found = starting.execute(selectors.find(id), body.data, idempotency_key=key, by=info.context.caller.name)
        return Started(run=run_nodes.one(info.context, str(found.run.pk)), duplicate=found.is_duplicate)

    @reading(
        shapes.output(testing_shapes.TestResponse, name="TestReport") | None, area="workflows", role=_EDITOR, cost=500
    )
    def test_workflow(self, info: Info, id: ID, input: Test) -> Any:  # noqa: A002
        """Go through a workflow with nothing happening outside, and nothing stored."""
        workflow, body = selectors.find(id), shapes.parse(testing_shapes.TestRequest, input)
        wanted = testing_views.wanted_of(body, workflow=workflow, view=info.context)
        caller = info.context.caller
        return testing_shapes.tested(testing.test(workflow, wanted, workspace=caller.workspace, role=caller.role))

    @change(_RUN, area="runs", role=_OPERATOR)
    def cancel_run(self, info: Info, id: ID, input: Cancel = None) -> Any:  # noqa: A002
        """Start nothing more of a run, and cancel what waits; what runs is let end, or interrupted."""
        run, body = _run(info, id), shapes.parse(repair_shapes.CancelRequest, input)
        is_immediate = body.mode is repair_shapes.CancelMode.IMMEDIATE
        stopping.cancel_for(run.pk, by=info.context.caller.name, comment=body.comment, is_immediate=is_immediate)
        return run_nodes.one(info.context, id)

    @change(_RUN, area="runs", role=_OPERATOR)
    def retry_run(self, info: Info, id: ID, input: Retry = None) -> Any:  # noqa: A002
        """Try what failed in a run again, in the same run and with the same idempotency keys."""
        run, body = _run(info, id), shapes.parse(repair_shapes.RetryRequest, input)
        retrying.retry(run.pk, by=info.context.caller.name, reason=body.reason)
        return run_nodes.one(info.context, id)

    @change(Started | None, area="runs", role=_OPERATOR)
    def replay_run(self, info: Info, id: ID, input: Replay = None) -> Any:  # noqa: A002
        """Do a run again as a new one, from the start or from an action on."""
        run, body = _run(info, id), shapes.parse(repair_shapes.ReplayRequest, input)
        done = rerunning.replay(
            run.pk,
            by=info.context.caller.name,
            reason=body.reason,
            from_action=body.from_action,
            version=body.version.value,
            idempotency_key=one_key(body.idempotency_key, ""),
        )
        return Started(run=run_nodes.one(info.context, str(done.run.pk)), duplicate=done.is_duplicate)

    @change(_RUN, area="runs", role=_OPERATOR)
    def retry_action(self, info: Info, id: ID, input: Retry = None) -> Any:  # noqa: A002
        """Try one failed action again, by the id of it in its run, or one that waits for its next try now."""
        row, body = _action(info, id), shapes.parse(repair_shapes.RetryRequest, input)
        retrying.retry(row.run_id, by=info.context.caller.name, reason=body.reason, action_run_ids=[row.pk])
        return run_nodes.one(info.context, str(row.run_id))

    @change(_RUN, area="runs", role=_OPERATOR)
    def skip_action(self, info: Info, id: ID, input: Skip) -> Any:  # noqa: A002
        """Leave one action out, by the id of it in its run: what needs it goes on."""
        row, body = _action(info, id), shapes.parse(repair_shapes.SkipRequest, input)
        skipping.skip(row.pk, by=info.context.caller.name, reason=body.reason, output=body.output)
        return run_nodes.one(info.context, str(row.run_id))

    @change(_RUN, area="runs", role=_OPERATOR)
    def decide_action(self, info: Info, id: ID, input: Decision) -> Any:  # noqa: A002
        """Approve or reject what waits for it, or say what becomes of an action of unknown outcome."""
        row, body = _action(info, id), shapes.parse(run_shapes.DecisionRequest, input)
        decisions.decide(row, body.decision, comment=body.comment, by=info.context.caller.name)
        return run_nodes.one(info.context, str(row.run_id))


def _wish(info: Info, body: ActivateRequest) -> Wish:
    caller = info.context.caller
    return version_shapes.wish(body, by=caller.name, role=caller.role, expected=None)


def _published(info: Info, id_: str, found: Activated) -> Published:
    repair: UUID | None = found.repair.pk if found.repair else None
    total = found.repair.total if found.repair else 0
    moved = workflow_shapes.MovedResponse(policy=found.policy, repair=str(repair) if repair else None, total=total)
    return Published(
        workflow=workflow_nodes.one(info.context, id_), version=workflow_shapes.version(found.version), runs=moved
    )


def _run(info: Info, id_: str) -> Run:
    run: Run = info.context.find(Run.objects.select_related("workflow"), id_)
    return run


def _action(info: Info, id_: str) -> ActionRun:
    row: ActionRun = info.context.find(ActionRun.objects.all(), id_)
    return row
