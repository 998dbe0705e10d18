"""What the planner knows of a definition: actions, and the ports they need of each other. Pure values.

A graph is one body: that of the workflow, of a loop, or all branches of a `parallel`. Needs stay inside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

DONE = "done"
ERROR = "error"


class Join(StrEnum):
    """How many of the ports that an action needs must fire before it starts."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Need:
    """A port of another action of the same graph."""

    key: str
    port: str = DONE


@dataclass(frozen=True, slots=True)
class Node:
    """As much of an action as decides about the order. `default_port` fires when a failure is allowed."""

    key: str
    needs: tuple[Need, ...] = ()
    join: Join = Join.ALL
    allow_failure: bool = False
    default_port: str = DONE


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of the document. Their needs name nodes of the same graph, and there is no circle."""

    nodes: tuple[Node, ...]
    by_key: Mapping[str, Node] = field(init=False, repr=False, compare=False)
    followers: Mapping[str, tuple[Node, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        followers: dict[str, list[Node]] = {node.key: [] for node in self.nodes}
        for node in self.nodes:
            for key in dict.fromkeys(need.key for need in node.needs):
                followers[key].append(node)
        object.__setattr__(self, "by_key", {node.key: node for node in self.nodes})
        object.__setattr__(self, "followers", {key: tuple(nodes) for key, nodes in followers.items()})

    def needs_error_of(self, key: str) -> bool:
        """Whether an action of the graph handles the errors of this one."""
        return any(need == Need(key, ERROR) for node in self.followers[key] for need in node.needs)

    def only_follower(self, key: str) -> Node | None:
        """The action that starts when this one ended well, if nothing else hangs on how either of them goes."""
        followers = self.followers[key]
        wanted = (Need(key, self.by_key[key].default_port),)
        return followers[0] if len(followers) == 1 and followers[0].needs == wanted else None

    @cached_property
    def is_chain(self) -> bool:
        """Whether the actions are done one after the other, each only if the one before ended well."""
        pairs = zip(self.nodes, self.nodes[1:], strict=False)
        is_linked = all(self.only_follower(before.key) is after for before, after in pairs)
        return bool(self.nodes) and not self.nodes[0].needs and is_linked
