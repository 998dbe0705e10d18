"""`pattern`: what stands under a name in `patterns/` happened. Many workflows share it, and follow its changes."""

from collections.abc import Mapping

from pydantic import Field

from triggers.base import TriggerParams, TriggerType
from triggers.registry import register

KEY = "pattern"


class Params(TriggerParams):
    """Which pattern."""

    pattern: str = Field(min_length=1, max_length=200, description="The name of a pattern of the workspace")


class PatternTrigger(TriggerType[Params]):
    """Listens to what its pattern says (`services.patterns`); its own filters and conditions hold besides."""

    key = KEY
    title = "Pattern"
    description = "A pattern of the workspace was met."
    params_model = Params

    def patterns(self, params: Params) -> Mapping[str, str]:
        return {"/pattern": params.pattern}


register(PatternTrigger())
