"""Makes or updates `.venv` from the lock file: `python3 config/bootstrap.py`. Standard library only.

It has to be readable by any Python 3, if only to say that it is too old, and must not import the project.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
IS_NEW_ENOUGH = f"import sys; sys.exit(sys.version_info < {OLDEST})"
CANDIDATES = ("python3.14", "python3.13", "python3.12", "python3.11")
UV = "uv>=0.9,<1"
ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("UV_PROJECT_ENVIRONMENT") or ROOT / ".venv")
STAMP = VENV / ".up-to-date"


class SetUpError(Exception):
    """The environment cannot be made; the message says what to do."""


def main() -> int:
    """Bring the environment up to date, in no time when it is. Returns the exit status."""
    try:
        interpreter = find_interpreter()
        directory = os.open(ROOT, os.O_RDONLY)
        fcntl.flock(directory, fcntl.LOCK_EX)  # `make up` and `make demo` at once
        update(interpreter)
    except SetUpError as error:
        sys.stderr.write(f"Cannot set up: {error}\n")
        return 1
    return 0


def find_interpreter() -> str:
    """Return the path of a Python that is new enough: the one that runs this, else the newest there is."""
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    for name in CANDIDATES:
        path = shutil.which(name)
        # A version manager has a file for each version that any project uses; not all of them start.
        if path and run_quietly([path, "-c", IS_NEW_ENOUGH]):
            return path
    raise SetUpError(
        f"this is Python {platform.python_version()}, and Sequitur needs 3.11 or newer. "
        "Install one, or name it: make up PYTHON=/path/to/python3"
    )


def update(interpreter: str) -> None:
    """Install what the lock file names, unless that has been done for this very file."""
    wanted = fingerprint()
    python = VENV / "bin" / "python"
    is_usable = python.exists() and run_quietly([str(python), "-c", IS_NEW_ENOUGH])
    if is_usable and STAMP.exists() and STAMP.read_text() == wanted:
        return
    started_at = time.monotonic()
    say(f"Setting up the environment in {VENV} (once, and after changes of uv.lock)")
    if not is_usable:
        make_venv(interpreter)
    uv = find_uv(python)
    environment = dict(os.environ, UV_PROJECT_ENVIRONMENT=str(VENV))
    environment.pop("VIRTUAL_ENV", None)
    # Compiled once here: a machine that is told not to write bytecode would compile in every process of the product.
    command = [*uv, "sync", "--frozen", "--quiet", "--compile-bytecode", "--python", str(python)]
    if subprocess.call(command, cwd=str(ROOT), env=environment) != 0:
        raise SetUpError(
            "the packages could not be installed; the lines above say why. Without a network, they have to be in "
            "uv's cache."
        )
    STAMP.write_text(wanted)
    say(f"Environment ready after {time.monotonic() - started_at:.0f} s")


def fingerprint() -> str:
    """Return what the installed packages follow from."""
    parts = [(ROOT / name).read_bytes() for name in ("uv.lock", "pyproject.toml")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def make_venv(interpreter: str) -> None:
    """Make the environment with pip in it, or without where the system's Python cannot."""
    if run_quietly([interpreter, "-m", "venv", "--clear", str(VENV)]):
        return
    # Debian's python3 without python3-venv has no pip to put in; uv from elsewhere does without.
    if shutil.which("uv") and run_quietly([interpreter, "-m", "venv", "--clear", "--without-pip", str(VENV)]):
        return
    raise SetUpError(
        f"{interpreter} cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv. "
        "Or install uv: it is used when it is found."
    )


def find_uv(python: Path) -> list[str]:
    """Return the command of uv: the environment's own, installed with pip when it is missing, else the one on PATH."""
    own = VENV / "bin" / "uv"
    if own.exists():
        return [str(own)]
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV]
    if subprocess.call(install) == 0:
        return [str(own)]
    found = shutil.which("uv")
    if found:
        return [found]
    raise SetUpError("uv could not be installed with pip; the lines above say why.")


def run_quietly(command: list[str]) -> bool:
    """Run a command; return whether it succeeded."""
    return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def say(text: str) -> None:
    """Write a line for the person at the terminal, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
