"""`loop`: a list of actions for every item of a list."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from actions.base import ActionParams
from actions.registry import register
from core import pointers
from core.errors import Problem
from workflows.types import reading
from workflows.types.base import ControlType, Expand, Turn


class LoopParams(ActionParams):
    """What is done with an item."""

    actions: reading.Body = Field(
        min_length=1, description="The actions for one item; their templates read item, index and loop."
    )


class Loop(ControlType[LoopParams]):
    """The list stands in `for_each` of the action. Its turn comes once for each item."""

    key = "loop"
    title = "Loop"
    description = "Do a list of actions for every item of the list in for_each."
    icon = "repeat"
    params_model = LoopParams
    as_written = frozenset({"actions"})
    requires_for_each: ClassVar[bool] = True

    def bodies(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        body = params.get("actions")
        return {"/actions": body} if isinstance(body, list) else {}

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return [*reading.check_structure(params.get("actions"), at=pointers.join(path, "actions"))]

    def take(self, params: LoopParams, turn: Turn) -> Expand:
        return Expand()


register(Loop())
