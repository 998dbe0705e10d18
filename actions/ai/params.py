"""The parameters that all action types have that ask a model."""

from collections.abc import Mapping

from pydantic import Field

from actions.base import ActionParams

KINDS = frozenset({"openai"})
CONNECTION_PARAMS: Mapping[str, frozenset[str]] = {"connection": KINDS}
MAX_TEXT_CHARACTERS = 400_000  # about what the largest models read; the door sends any length


class AiParams(ActionParams):
    """Whom to ask, and how."""

    connection: str | None = Field(
        None, description="The connection to the service; none is needed where the workspace has only one of this kind."
    )
    model: str | None = Field(
        None, min_length=1, max_length=200, description="The model; by default that of the connection."
    )
    temperature: float | None = Field(
        None, ge=0, le=2, description="How freely the model chooses its words; 0 for the likeliest ones."
    )
    max_tokens: int | None = Field(None, ge=1, le=1_000_000, description="The longest answer, in tokens.")
    seed: int | None = Field(
        None, ge=-(2**63), lt=2**63, description="The same answer to the same question, where the service can do that."
    )
    timeout_seconds: float | None = Field(
        None, gt=0, le=3600, description="The longest wait for everything; the action's own limit holds anyway."
    )
