"""Raise an exception into code that is under way, and never outside of it. Knows no database and no runs.

    block = interruption.block(timeout_seconds=30, clean_up=...)
    with block:             # meanwhile, in another thread: block.interrupt(StoppingError)
        perform()

Constraints, and the design that follows:

1. Code may hang where it looks at nothing (a sleep, a socket), so asking it is not enough. In the main thread of a
   process a signal gets through: SIGALRM, from the one interval timer that a process has; nothing else here uses
   either. In another thread Python can only raise an exception the next time that it runs Python code.
2. Action types write `except Exception`, so what is raised is a `BaseException`.
3. Code may swallow even that, or be in a `finally` that hangs, so the alarm repeats until the block is left. (In
   another thread it does not: what is on its way there can be called back, but not counted.)
4. Nothing may be raised once the block is left: the outcome is recorded there. In the main thread the handler looks
   whether the block is open, and whether it came in the middle of our own `__enter__` or `__exit__`; Python runs
   handlers in that thread, between two instructions, so nothing moves while it looks. In another thread the exception
   is on its way for a while: `__exit__` waits until it is sent, and takes it back.
5. Entering and leaving are on the path of every action: two system calls, no lock that is waited for.

Code that keeps the interpreter's lock in C for ever cannot be helped from inside its process.
"""

import ctypes
import os
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from time import monotonic
from types import FrameType, TracebackType
from typing import ClassVar

REPEAT_SECONDS = 1.0
_AT_ONCE_SECONDS = 0.001


class InterruptedTryError(BaseException):
    """The try was interrupted."""

    code: ClassVar[str] = "interrupted"

    def __str__(self) -> str:
        return type(self).__doc__ or ""


class TimedOutError(InterruptedTryError):
    """The action took longer than its time-out."""

    code = "timeout"


class StoppingError(InterruptedTryError):
    """The worker was told to stop before the action was done."""

    code = "worker_stopping"


class LostClaimError(InterruptedTryError):
    """Somebody else has the action: its lease ended, or it was cancelled."""

    code = "claim_lost"


class Block(ABC):
    """Code that can be interrupted, entered once. The attributes are for the thread that watches it.

    `cause` and `interrupted_at` (of `time.monotonic`) are set with the first interruption. `clean_up` is called after a
    block that was interrupted, however it ended.
    """

    __slots__ = ("_clean_up", "_gate", "cause", "deadline", "interrupted_at", "is_left")

    def __init__(self, *, timeout_seconds: float, clean_up: Callable[[], object]) -> None:
        self.deadline = monotonic() + timeout_seconds
        self.cause: type[InterruptedTryError] | None = None
        self.interrupted_at: float | None = None
        self.is_left = False
        self._clean_up = clean_up
        self._gate = threading.Lock()  # taken once, by whoever comes first, and never given back

    @property
    @abstractmethod
    def keeps_its_deadline(self) -> bool:
        """Whether the time-out comes by itself; otherwise whoever watches has to `interrupt` at the deadline."""

    @abstractmethod
    def __enter__(self) -> None: ...

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @abstractmethod
    def interrupt(self, cause: type[InterruptedTryError]) -> None:
        """Raise `cause` in the block. Does nothing before it is entered, after it was left, and the second time."""

    @abstractmethod
    def end_process(self) -> bool:
        """End the process that the block does not let go; False, and nothing, where the block is not all it does."""

    def note(self, cause: type[InterruptedTryError]) -> type[InterruptedTryError]:
        """Remember the first cause; returns it."""
        if self.cause is None:
            self.interrupted_at = monotonic()
            self.cause = cause
        return self.cause


def block(*, timeout_seconds: float, clean_up: Callable[[], object]) -> Block:
    """A block for the thread that calls, which has to be the one that enters it. Blocks of one thread do not nest."""
    is_main = threading.get_ident() == threading.main_thread().ident
    return (_MainThreadBlock if is_main else _ThreadBlock)(timeout_seconds=timeout_seconds, clean_up=clean_up)


_main_block: "_MainThreadBlock | None" = None  # the last that was entered
_is_listening = False


class _MainThreadBlock(Block):
    """Interrupted by SIGALRM."""

    __slots__ = ()

    @property
    def keeps_its_deadline(self) -> bool:
        return True

    def __enter__(self) -> None:
        global _main_block  # noqa: PLW0603  a process has one main thread and one alarm
        _listen()
        _main_block = self
        signal.setitimer(signal.ITIMER_REAL, max(self.deadline - monotonic(), _AT_ONCE_SECONDS), REPEAT_SECONDS)
        if self.cause is not None:  # interrupted since the line before, which may have set the alarm back
            signal.setitimer(signal.ITIMER_REAL, _AT_ONCE_SECONDS, REPEAT_SECONDS)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_left = True  # from here on the handler raises nothing; up to here it sees whose frame this is
        signal.setitimer(signal.ITIMER_REAL, 0)
        while not self._gate.acquire(blocking=False):
            time.sleep(1)  # the process is being ended, and must do nothing more
        if self.cause is not None:
            self._clean_up()

    def interrupt(self, cause: type[InterruptedTryError]) -> None:
        if _main_block is self and not self.is_left and self.cause is None:
            self.note(cause)
            # When the block is left meanwhile, this alarm finds no open block, or one whose time has not come.
            signal.setitimer(signal.ITIMER_REAL, _AT_ONCE_SECONDS, REPEAT_SECONDS)

    def end_process(self) -> bool:
        if self._gate.acquire(blocking=False):
            os.kill(os.getpid(), signal.SIGKILL)
        return True


_OUR_CODE = frozenset({_MainThreadBlock.__enter__.__code__, _MainThreadBlock.__exit__.__code__})


def _on_alarm(_number: int, frame: FrameType | None) -> None:
    """Raise in the main thread's block, if it is open and its time has come."""
    current = _main_block
    if current is None or current.is_left:
        signal.setitimer(signal.ITIMER_REAL, 0)
    elif current.cause is None and monotonic() < current.deadline:
        return  # an alarm of the block before; ours is still to come
    elif frame is not None and frame.f_code in _OUR_CODE:
        signal.setitimer(signal.ITIMER_REAL, _AT_ONCE_SECONDS, REPEAT_SECONDS)
    else:
        raise current.note(TimedOutError)


def _listen() -> None:
    global _is_listening  # noqa: PLW0603  handlers belong to the process
    if not _is_listening:
        signal.signal(signal.SIGALRM, _on_alarm)
        _is_listening = True


def _forget() -> None:
    """After a fork: timers are not inherited, and the child may set its signals anew."""
    global _is_listening, _main_block
    _is_listening, _main_block = False, None


os.register_at_fork(after_in_child=_forget)


class _ThreadBlock(Block):
    """Interrupted by Python, as soon as the thread runs Python code."""

    __slots__ = ("_is_entered", "_is_sent", "_thread_id")

    def __init__(self, *, timeout_seconds: float, clean_up: Callable[[], object]) -> None:
        super().__init__(timeout_seconds=timeout_seconds, clean_up=clean_up)
        self._thread_id = threading.get_ident()
        self._is_entered = self._is_sent = False

    @property
    def keeps_its_deadline(self) -> bool:
        return False

    def __enter__(self) -> None:
        self._is_entered = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Before the first instruction the exception may still come: it then leaves the block as if it had come in its
        # last line, and whoever watches, to whom the block looks open, finds a try that is not the current one.
        try:
            self.is_left = True
            if not self._gate.acquire(blocking=False):
                while not self._is_sent:
                    time.sleep(0)
                _send(self._thread_id, None)
        except InterruptedTryError:
            pass  # it came when the work was done. Only one is ever sent, so none can come after it.
        if self.cause is not None:
            self._clean_up()

    def interrupt(self, cause: type[InterruptedTryError]) -> None:
        if self._is_entered and self._gate.acquire(blocking=False):
            self.note(cause)
            _send(self._thread_id, cause)
            self._is_sent = True

    def end_process(self) -> bool:
        return False


def _send(thread_id: int, cause: type[InterruptedTryError] | None) -> None:
    """Let the thread raise `cause` when it runs next; None takes back what it has not raised yet."""
    raised = ctypes.py_object() if cause is None else ctypes.py_object(cause)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), raised)
