"""What every operation of a repair is: one file in `operations/`, which calls what does it to one row."""

from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from django.db.models import Q
from pydantic import BaseModel, ConfigDict

from workflows.engine.repairs import Target
from workflows.services.repair.preview import Preview

O = TypeVar("O", bound="Options")  # noqa: E741  as the standard library names its type variables


class Options(BaseModel):
    """How it is done. Of most operations: nothing to say."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Effects:
    """What is done outside for one row or many: actions that are executed (or messages that are sent), those that are
    not since they are confirmed already, and those that may have been done, nobody knows."""

    executed: int = 0
    skipped: int = 0
    needs_decision: int = 0

    @classmethod
    def of(cls, found: Preview) -> "Effects":
        """What an operation on one run would do."""
        return cls(executed=found.executed, skipped=found.skipped, needs_decision=found.needs_decision)

    def __add__(self, other: "Effects") -> "Effects":
        return Effects(
            self.executed + other.executed,
            self.skipped + other.skipped,
            self.needs_decision + other.needs_decision,
        )


@dataclass(frozen=True, slots=True)
class Order(Generic[O]):
    """Who wants it, why, how, and in which repair."""

    by: str
    reason: str
    options: O
    repair_id: UUID

    @property
    def words(self) -> str:
        """The reason as the row's own record has it: it names the repair."""
        return f"{self.reason} (repair {self.repair_id})".strip()


class Operation(Generic[O]):
    """Does one thing to one row, and says beforehand what it would do.

    `is_conflict_a_skip`: what a `ConflictError` of `act` means. Of a run that somebody else cancelled meanwhile there
    is nothing left to do; where it says that the thing cannot be done, it is a failure. `of_doubtful`: what becomes of
    effects that may have happened already.
    """

    name: ClassVar[str]
    target: ClassVar[Target]
    options: type[O]
    is_conflict_a_skip: ClassVar[bool] = True
    of_doubtful: ClassVar[str] = "and wait for a person's decision"

    def applies(self) -> Q:
        """The rows to which it can be done at all; others that a filter finds are left out, and counted."""
        raise NotImplementedError

    def look(self, row: Any, options: O) -> Effects:
        """What it would do for this row now. Changes nothing. Raises `SequiturError` for what would be refused."""
        raise NotImplementedError

    def act(self, target_id: UUID, order: Order[O]) -> UUID | None:
        """Do it, inside the caller's transaction; returns the id of the row that came of it, if one did.

        Only what the database can take back may be done here: the caller commits it along with the item. Raises
        `SequiturError` for what is refused, and `ObjectDoesNotExist` for a row that is gone.
        """
        raise NotImplementedError
