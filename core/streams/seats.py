"""How many streams there may be, of one caller, of one workspace, and of this process."""

import threading
from collections import Counter
from collections.abc import Callable
from uuid import UUID

from core.errors import SequiturError

PER_CALLER = 20
PER_WORKSPACE = 200
PER_PROCESS = 1_000

_taken: Counter[str] = Counter()
_lock = threading.Lock()


class TooManyStreamsError(SequiturError):
    """As many streams are open as may be: close one, and watch more with one that is open."""

    code = "too_many_streams"
    status = 429
    retry_after_seconds = 10


def take(workspace_id: UUID, caller: str) -> Callable[[], None]:
    """Take a place; returns what gives it back. Raises `TooManyStreamsError`.

    Each web process counts its own: with two of them there may be twice as many.
    """
    wanted = {f"{workspace_id} {caller}": PER_CALLER, str(workspace_id): PER_WORKSPACE, "": PER_PROCESS}
    with _lock:
        if any(_taken[who] >= most for who, most in wanted.items()):
            raise TooManyStreamsError
        _taken.update(wanted.keys())

    def leave() -> None:
        with _lock:
            _taken.subtract(wanted.keys())
            for who in [who for who, number in _taken.items() if number <= 0]:
                del _taken[who]

    return leave


def taken() -> int:
    """How many streams this process has."""
    return _taken[""]
