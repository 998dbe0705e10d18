"""How dead letters are tried again, by kind. The apps that own what died register it in `ready()`."""

from typing import Protocol

from core.models import DeadLetter
from core.registry import Registry


class Redriver(Protocol):
    """Tries again what a letter is about, inside the transaction and, if it has a workspace, the scope of the letter.

    Raises `SequiturError` (`ConflictError`) where that cannot be done; then nothing is changed, and the letter stays.
    """

    def __call__(self, letter: DeadLetter, *, by: str, reason: str) -> None: ...


redrivers: Registry[Redriver] = Registry("kind of dead letter")
