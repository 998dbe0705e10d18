"""The entities that exist in this process."""

from actions.entities.entity import Entity
from actions.entities.failures import failed
from core import validation
from core.registry import Registry

entities: Registry[Entity] = Registry("entity")


def find(name: str) -> Entity:
    """The entity of this name. Raises `ActionFailedError` (unknown_entity)."""
    found = entities.find(name)
    if found is None:
        raise failed("unknown_entity", unknown(name))
    return found


def unknown(name: str) -> str:
    """A sentence about a name that is none."""
    names = ", ".join(entities.keys()) or "none; a plugin registers them in its entities.py"
    guess = validation.did_you_mean(name, entities.keys())
    return f"There is no entity {name[:100]!r} here.{guess} There are: {names}."
