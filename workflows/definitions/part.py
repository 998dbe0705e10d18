"""The base of everything that a definition is made of."""

from typing import Any

from pydantic import BaseModel, ConfigDict

Json = dict[str, Any]
MAX_SECONDS = 366 * 86_400  # of what people wait for


class Part(BaseModel):
    """A part of a definition: what it does not know is refused, and it is never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
