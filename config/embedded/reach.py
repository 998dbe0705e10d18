"""Which directories another user may enter, and where sockets go when a home's path is too long or odd for them."""

import contextlib
import hashlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from config.embedded.errors import StartError

# The room for the path of a unix socket: 108 bytes on Linux, 104 on macOS, the closing zero included.
SOCKET_PATH_BYTES = 103
PLAIN = re.compile(r"[A-Za-z0-9_./+-]+")
LONGEST_SOCKET_NAME = "/postgres/.s.PGSQL.5432.lock"


def can_traverse(directory: Path, *, uid: int, gid: int) -> bool:
    """Return whether the user may enter `directory` and everything above it, by the permission bits alone."""
    place = directory.resolve()
    while not place.exists():  # what is missing will be made by us
        place = place.parent
    return all(_may_enter(path.stat(), uid=uid, gid=gid) for path in (place, *place.parents))


def socket_directory(home: Path) -> Path:
    """Return a directory for the sockets of `home`, made if need be: `<home>/run`, or a short one.

    The short one has a name that anybody can foresee, so it is used only when it is ours and closed to others.
    Raises `StartError` when somebody else was there first. Safe to repeat.
    """
    directory = _place(home)
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700, parents=True)
    if not _is_ours(directory):
        raise StartError(f"{directory} belongs to somebody else. Choose a SEQUITUR_HOME with a shorter path.")
    if os.geteuid() == 0:
        directory.chmod(0o711)  # the user that PostgreSQL runs as has its own closed directory below
    return directory


def remove_socket_directory(home: Path) -> None:
    """Remove what `socket_directory` made. Safe to repeat; the servers must not run."""
    directory = _place(home)
    if directory.exists() and _is_ours(directory):
        shutil.rmtree(directory, ignore_errors=True)


def _place(home: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    short = f"sequitur-{os.geteuid()}-{digest}"
    places = (home / "run", Path(tempfile.gettempdir()) / short, Path("/tmp") / short)  # noqa: S108  # see _is_ours
    return next((place for place in places if _fits(place)), places[-1])


def _fits(directory: Path) -> bool:
    """Whether it is short enough, and plain: lists of sockets, URLs and options each quote in a way of their own."""
    is_short = len(os.fsencode(f"{directory}{LONGEST_SOCKET_NAME}")) <= SOCKET_PATH_BYTES
    return is_short and PLAIN.fullmatch(str(directory)) is not None


def _is_ours(directory: Path) -> bool:
    status = directory.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _may_enter(status: os.stat_result, *, uid: int, gid: int) -> bool:
    if status.st_uid == uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
