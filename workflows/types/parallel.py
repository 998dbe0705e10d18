"""`parallel`: branches of actions that go on side by side."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from actions.base import ActionParams
from actions.registry import register
from core import pointers
from core.errors import Problem
from workflows.types import reading
from workflows.types.base import ControlType, Expand, Turn

MAX_BRANCHES = 50


class ParallelParams(ActionParams):
    """The branches."""

    branches: dict[reading.Name, Annotated[reading.Body, Field(min_length=1)]] = Field(
        min_length=1, max_length=MAX_BRANCHES, description="Lists of actions, by the name of the branch."
    )


class Parallel(ControlType[ParallelParams]):
    """Done when all branches are."""

    key = "parallel"
    title = "Parallel"
    description = "Do several lists of actions side by side, and go on when all are done."
    icon = "git-fork"
    params_model = ParallelParams
    as_written = frozenset({"branches"})

    def bodies(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        branches = _branches(params)
        return {pointers.join("/branches", name): body for name, body in branches.items() if isinstance(body, list)}

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        at = pointers.join(path, "branches")
        found = [*reading.check_structure(params.get("branches"), at=at)]
        for name, body in _branches(params).items():
            found += reading.check_structure(body, at=pointers.join(at, name))
        return found

    def take(self, params: ParallelParams, turn: Turn) -> Expand:
        return Expand()


def _branches(params: Mapping[str, Any]) -> Mapping[str, Any]:
    branches = params.get("branches")
    return branches if isinstance(branches, dict) else {}


register(Parallel())
