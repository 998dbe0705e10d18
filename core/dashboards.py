"""Cards of the admin's first page. Whoever knows figures connects itself; this app only shows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Line:
    """A figure of a card: its name, its value in words, what more there is to say, and where its rows are."""

    name: str
    value: str
    note: str = ""
    url: str = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """Figures that belong together; `empty` is said when there is none."""

    title: str
    lines: Sequence[Line]
    empty: str = "None."
    help: str = ""


Cards = Callable[[Sequence[UUID] | None], Sequence[Card]]
"""The cards about these workspaces; None: about all, and the installation itself."""

_connected: list[Cards] = []


def connect(source: Cards) -> None:
    """Let `source` make the cards; the last one connected holds."""
    _connected[:] = [source]


def cards(workspace_ids: Sequence[UUID] | None) -> Sequence[Card]:
    """What the one that is connected shows; nothing where nobody is."""
    return _connected[0](workspace_ids) if _connected else ()
