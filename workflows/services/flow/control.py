"""What every control of flow is: one file in `controls/`, pure over what it counts."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from triggers.ports import Admission
from workflows.services.flow.starts import Origin, Place, Start
from workflows.services.flow.states import Key, State


class Control:
    """Holds runs back for one reason. The gate locks its state, asks it, and stores what it counted.

    Subclasses say `name`, `template` and `look`; what counts starts also says `take`. Several starts may be asked about
    under one key, one after the other, each looked at and taken before the next.
    """

    name: ClassVar[str]
    origins: ClassVar[frozenset[Origin]] = frozenset(Origin)
    gathers: ClassVar[bool] = False
    """Whether it keeps every start that it has a key for: what comes after it is asked when that is decided."""

    def among(self, starts: Sequence[Start]) -> Sequence[Start]:
        """Those that this control may have anything to say about: asked once for all, before anything is locked."""
        return [start for start in starts if start.origin in self.origins]

    def template(self, start: Start) -> str | None:
        """The key's text of the setting, with templates; None when this control has nothing to say about the start."""
        raise NotImplementedError

    def key(self, start: Start, text: str) -> Key:
        """What is counted together, for the rendered text."""
        return Key(start.workflow_id, self.name, text)

    def begin(self, states: Collection[State]) -> None:
        """Read what it keeps beside its states, once for all that it is asked about, now that they are locked."""

    def look(self, start: Start, state: State, place: Place) -> Admission | None:
        """Why the run may not start; None when it may, perhaps later: then `place` says when."""
        raise NotImplementedError

    def take(self, start: Start, state: State) -> None:
        """Count a run that all controls let in."""

    def end(self, states: Collection[State]) -> None:
        """Store what it keeps beside its states, after the last one was asked about."""
