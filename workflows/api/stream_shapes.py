"""What streams tell, and what is asked of them."""

from typing import Any

from pydantic import BaseModel, Field

from core.api.dead_letters import shape as letter_shape
from core.api.queries import Query
from core.models import DeadLetter
from workflows.api import monitoring_shapes, run_shapes
from workflows.engine.states import WorkflowStatus
from workflows.models import ActionRun, Run
from workflows.selectors.dashboards import Dashboard

TOPICS = {"runs": "runs", "workflows": "workflow", "dead_letters": "dead_letters", "dashboard": "dashboard"}
MAX_RUNS = 50
MAX_WORKFLOWS = 20
EXAMPLE = """retry: 2000

event: run
data: {"id":"01980f3e-7a52-7c3b-9d10-5f2b6c1e8a44","status":"running"}

event: action
data: {"id":"01980f3e-7a52-7c3b-9d10-5f2b6c1e8a45","key":"greet","status":"queued","attempt":0}

id: 0d9c1f2ab47be35d8a1f00c2
event: ready
data: {"missed":false}

"""


class WatchQuery(Query):
    """How a stream is opened by what sends no headers."""

    workspace: str | None = Field(None, max_length=63, description="The slug of the workspace, for a session")
    last_event_id: str | None = Field(None, max_length=64, description="Instead of the header `Last-Event-ID`")


class StreamQuery(WatchQuery):
    """What is watched; at least one thing."""

    runs: str | None = Field(None, max_length=2_000, description=f"Ids of runs, at most {MAX_RUNS}, by commas")
    workflows: str | None = Field(
        None, max_length=5_000, description=f"Ids or slugs of workflows whose runs are watched, at most {MAX_WORKFLOWS}"
    )
    topics: str | None = Field(None, max_length=200, description=f"Of the whole workspace: {', '.join(TOPICS)}")


class WorkflowState(BaseModel):
    """How a workflow stands: data of the event `workflow`."""

    id: str
    name: str
    slug: str
    status: WorkflowStatus
    active_version: int | None
    revision: int


class Shown:
    """Rows as streams tell them: like lists of the API do."""

    def run(self, row: Run) -> dict[str, Any]:
        return run_shapes.summary(row).model_dump(mode="json")

    def action(self, row: ActionRun) -> dict[str, Any]:
        return run_shapes.action_state(row).model_dump(mode="json")

    def dashboard(self, found: Dashboard) -> dict[str, Any]:
        return monitoring_shapes.dashboard(found).model_dump(mode="json")

    def letter(self, row: DeadLetter) -> dict[str, Any]:
        return letter_shape(row).model_dump(mode="json", exclude={"payload"})


def listed(text: str | None) -> list[str]:
    """What stands between commas, each once."""
    return [*dict.fromkeys(part for each in (text or "").split(",") if (part := each.strip()))]
