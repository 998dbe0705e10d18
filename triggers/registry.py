"""The trigger types that exist in this process: ours from `triggers/types/`, and those of plugins."""

from core.registry import Registry
from triggers.base import AnyTriggerType

trigger_types: Registry[AnyTriggerType] = Registry("trigger type")


def register(trigger_type: AnyTriggerType) -> AnyTriggerType:
    """Make a trigger type known. Raises `AlreadyRegisteredError` for a taken key."""
    return trigger_types.register(trigger_type.key, trigger_type)
