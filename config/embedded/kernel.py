"""What a child asks of the kernel between fork and exec: end with its parent, run as another user.

Linux only where it says so; elsewhere the same calls do what they can and nothing more.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

IS_LINUX = sys.platform == "linux"

# linux/prctl.h, linux/securebits.h, linux/capability.h
PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 2

# Loaded in the parent: between fork and exec is no time to open libraries.
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """The user a child runs as. `reads_everywhere`: it may read and traverse what only root could (Linux)."""

    name: str
    uid: int
    gid: int
    reads_everywhere: bool = False


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Capabilities(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def _prctl(option: int, *arguments: int) -> None:
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    if _libc.prctl(ctypes.c_int(option), *padded) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def end_with_parent(*, parent_pid: int, signal_number: int) -> None:
    """Have the kernel send `signal_number` to this process when its parent ends. Does nothing but on Linux.

    Call it after any change of user: the kernel forgets the wish then. "Parent" is the thread that forked.
    """
    if not IS_LINUX:
        return
    _prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent_pid:  # it ended between our fork and the line above
        os.kill(os.getpid(), signal_number)


def become(identity: Identity) -> None:
    """Give up root for `identity`, for good; keep only the right to read everywhere where it says so.

    A home or an environment below a directory like /root (0700) is closed to any other user. Opening foreign
    directories with chmod is not ours to do, so the child keeps this one capability across the change of user and,
    as an ambient one, across exec. NO_SETUID_FIXUP is what lets access(2), which initdb calls, honour it.
    """
    if identity.reads_everywhere:
        _prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(identity.gid)
    os.setuid(identity.uid)
    if identity.reads_everywhere:
        sets = (_Capabilities * 2)()
        bit = 1 << CAP_DAC_READ_SEARCH
        sets[0] = _Capabilities(bit, bit, bit)
        if _libc.capset(ctypes.byref(_Header(CAPABILITY_VERSION_3, 0)), ctypes.byref(sets)) != 0:
            raise OSError(ctypes.get_errno(), "capset failed")
        _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH)


def child_setup(*, death_signal: int, identity: Identity | None = None) -> Callable[[], None]:
    """Return what to run in the child between fork and exec (`Popen(preexec_fn=...)`).

    Concurrency: call and fork in a process's main thread, and fork while no other thread runs.
    """
    parent_pid = os.getpid()

    def set_up() -> None:
        if identity is not None:
            become(identity)
        end_with_parent(parent_pid=parent_pid, signal_number=death_signal)

    return set_up
