"""What the API gives about action types."""

from typing import Any

from pydantic import BaseModel, Field

from actions.base import ActionType
from core.api.shapes import Listing


class ActionTypeResponse(BaseModel):
    """An action type, with the JSON Schemas of its parameters and of its output (null: anything)."""

    key: str
    title: str
    description: str
    category: str
    icon: str
    effects: str = Field(
        description="none, keyed or once: whether it is tried again when nobody knows if it was done. "
        "keyed: with the same idempotency key; once: a person decides"
    )
    ports: list[str] = Field(description="What others may need of it, as `id.port`; a switch has its cases besides")
    aliases: list[str] = Field(description="Other names that definitions may use")
    connections: dict[str, list[str]] = Field(description="Parameters that name a connection, each with its kinds")
    params_schema: dict[str, Any]
    output_schema: dict[str, Any] | None


class ActionTypeListing(Listing[ActionTypeResponse]):
    """All action types."""


def action_type(item: ActionType[Any]) -> ActionTypeResponse:
    return ActionTypeResponse(
        key=item.key,
        title=item.title,
        description=item.description,
        category=item.category,
        icon=item.icon,
        effects=item.effects.value,
        ports=[*item.ports({}), "error"],
        aliases=[*item.aliases],
        connections={name: sorted(kinds) for name, kinds in item.connection_params.items()},
        params_schema=item.params_model.model_json_schema(),
        output_schema=item.output_model.model_json_schema() if item.output_model else None,
    )
