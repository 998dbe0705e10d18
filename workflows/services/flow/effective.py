"""Which settings hold for a workflow: its own, else its workspace's defaults, never above the workspace's ceilings.

**Shape** of `Workspace.flow`: {"defaults": the settings of a definition that are flow control, "ceilings":
{"concurrency": runs of one workflow at once, "rate_limit": {"limit", "per_seconds"} of one workflow}}.
"""

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from pydantic import Field, ValidationError

from core import validation
from core.errors import InvalidError
from workflows.definitions import flow_check
from workflows.definitions.document import Settings
from workflows.definitions.flow import DAY, Concurrency, Flow, Rate
from workflows.definitions.part import Part
from workflows.definitions.references import Known, Names

Json = dict[str, Any]

# What is written together holds together: the key of a default is not that of a workflow's own cooldown.
_GROUPS = (
    frozenset({"cooldown_seconds", "cooldown_key"}),
    frozenset({"debounce_seconds", "debounce_key", "debounce_max_seconds", "batch"}),
)
_SHAPE = 'Expected a JSON object such as {"defaults": {"cooldown_seconds": 60}, "ceilings": {"concurrency": 20}}.'


class RateOfWorkflow(Part):
    """So many starts of one workflow in any `per_seconds`."""

    limit: int = Field(ge=1, le=100_000)
    per_seconds: float = Field(gt=0, le=31 * DAY)


class Ceilings(Part):
    """What no workflow of the workspace may exceed; None: nothing."""

    concurrency: int | None = Field(None, ge=1, le=10_000)
    rate_limit: RateOfWorkflow | None = None


class Written(Part):
    """What can stand in `Workspace.flow`."""

    defaults: Flow = Flow()
    ceilings: Ceilings = Ceilings()


class Bounded(Flow):
    """The settings that hold in a workspace that wrote some.

    Beside the workflow's own hold `rate_ceiling` and `concurrency_ceiling`: for all of it, whatever its keys.
    """

    rate_ceiling: Rate | None = None
    concurrency_ceiling: int | None = None


def flow(own: Settings, written: Json) -> Flow:
    """The flow control that holds, with `written` in the workspace; `own` where it wrote nothing.

    A setting that the definition writes is its own, also one that it switches off (`null`). A concurrency above the
    ceiling counts as the ceiling, and a workflow without one has the ceiling's, without a key.
    """
    if not written:
        return own
    known = _read(json.dumps(written, sort_keys=True, default=str))
    values = {name: getattr(own, name) for name in Flow.model_fields}
    taken = own.model_fields_set.union(*(group for group in _GROUPS if group & own.model_fields_set))
    values |= {name: getattr(known.defaults, name) for name in known.defaults.model_fields_set - taken}
    if known.ceilings.concurrency is not None:
        values["concurrency"] = _below(values["concurrency"], known.ceilings.concurrency)
    rate = known.ceilings.rate_limit
    ceiling = None if rate is None else Rate(limit=rate.limit, per_seconds=rate.per_seconds)
    return Bounded.model_construct(rate_ceiling=ceiling, concurrency_ceiling=known.ceilings.concurrency, **values)


def concurrency_ceiling(written: Json) -> int | None:
    """How many runs of each workflow may go on at once, with `written` in the workspace; None: any number."""
    return _read(json.dumps(written, sort_keys=True, default=str)).ceilings.concurrency if written else None


def problems(written: object, variables: Collection[str]) -> list[str]:
    """A sentence for everything that cannot stand in `Workspace.flow`; nothing for what can.

    Keys of defaults may read what those of a definition may: the event, and these variables of the workspace.
    """
    if not isinstance(written, dict):
        return [_SHAPE]
    try:
        validation.parse(Written, written)
    except InvalidError as error:
        return [f"{problem.path}: {problem.message}" for problem in error.problems]
    names = Names(Known(variables=frozenset(variables)), has_run=False)
    found = flow_check.check(written.get("defaults"), path="/defaults", names=names)
    return [f"{problem.path}: {problem.message}" for problem in found]


def _below(own: Concurrency | None, ceiling: int) -> Concurrency:
    if own is None:
        return Concurrency(limit=ceiling)
    return own if own.limit <= ceiling else own.model_copy(update={"limit": ceiling})


@lru_cache(maxsize=1024)
def _read(written: str) -> Written:
    """What is written, without what cannot be read: `problems` tells, where people write it."""
    document = json.loads(written)
    if not isinstance(document, dict):
        return Written()
    return Written(
        defaults=Flow.model_validate(_readable(Flow, document.get("defaults"))),
        ceilings=Ceilings.model_validate(_readable(Ceilings, document.get("ceilings"))),
    )


def _readable(model: type[Part], part: object) -> Json:
    written = part if isinstance(part, dict) else {}
    return {name: value for name, value in written.items() if _is_readable(model, name, value)}


def _is_readable(model: type[Part], name: str, value: object) -> bool:
    try:
        model.model_validate({name: value})
    except ValidationError:
        return False
    return True
