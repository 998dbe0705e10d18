"""The action types that exist in this process: ours from `actions/types/`, and those of plugins."""

from typing import Any

from actions.base import ActionType
from core.registry import Registry

action_types: Registry[ActionType[Any]] = Registry("action type")


def register(action_type: ActionType[Any]) -> ActionType[Any]:
    """Make an action type known under its key and its aliases. Raises `AlreadyRegisteredError` for a taken name."""
    for name in (action_type.key, *action_type.aliases):
        action_types.register(name, action_type)
    return action_type
