"""Which limits hold for a run while it waits: those of its own version, whichever is active by now."""

from dataclasses import dataclass

from core.models import Workspace
from workflows.definitions.flow import Concurrency, Flow, OnLimit, Rate
from workflows.models import Run
from workflows.services import versions
from workflows.services.flow import effective
from workflows.services.flow.effective import Bounded
from workflows.services.versions import Published


@dataclass(frozen=True, slots=True)
class Rule:
    """How many runs of a lane may go on, and what becomes of one more. `key` is the text that names its lanes.

    `ceiling` is how many runs of its workflow may, in all lanes together; None: any number.
    """

    limit: int
    on_limit: OnLimit
    key: str
    is_overlap: bool = False
    ceiling: int | None = None

    def reason(self, going: int, *, key: str = "") -> str:
        """Why one more waits, or does not start; `key` is the text with its templates filled in."""
        if self.is_overlap:
            return "overlap: the run of a time before still goes on"
        of = f" with key {_short(key)!r}" if key else ""
        if going < self.limit:
            return f"concurrency: other runs{of} wait before it"
        return f"concurrency: {going} of {self.limit} runs{of} {'goes' if self.limit == 1 else 'go'} on"

    def reason_of_ceiling(self, going: int) -> str:
        """Why one more waits, or does not start, where so many runs of its workflow go on."""
        behind = ": other runs wait before it" if self.has_room_below(going) else ""
        return f"concurrency: workspace's ceiling of {self.ceiling}{behind}"

    def has_room_below(self, going: int) -> bool:
        """Whether the workspace's ceiling leaves room for one more where so many runs of its workflow go on."""
        return self.ceiling is None or going < self.ceiling


def of_lane(published: Published, flow: Flow, *, trigger_key: str) -> Rule | None:
    """The lane of a run that this trigger starts; None when any number may go on.

    A schedule whose times wait for each other has a lane of its own, also where the workspace has a default.
    """
    overlap = published.overlaps.get(trigger_key)
    ceiling = flow.concurrency_ceiling if isinstance(flow, Bounded) else None
    if overlap is not None:
        return Rule(1, overlap, f"schedule {trigger_key}", is_overlap=True, ceiling=ceiling)
    own: Concurrency | None = flow.concurrency
    return None if own is None else Rule(own.limit, own.on_limit, own.key, ceiling=ceiling)


def of_run(run: Run, workspace: Workspace) -> tuple[Rule | None, Rate | None]:
    """The rule of its lane, and its throttle, by which a held run of the workspace in scope goes.

    One that no trigger fired for, a replay for instance, is not in the lane of a schedule, whatever its trigger is.
    """
    published = versions.load(run.version_id)
    flow = effective.flow(published.definition.settings, workspace.flow)
    trigger_key = run.trigger_key if run.firing_id else ""
    rule = of_lane(published, flow, trigger_key=trigger_key) if run.lane else None
    return rule, flow.throttle if run.throttle else None


def _short(key: str) -> str:
    return key if len(key) <= 100 else f"{key[:99]}…"
