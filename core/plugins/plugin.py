"""What is known of a plugin: its name, what it brought, and what is wrong with it."""

import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from core.redaction import Redactor

MAX_REASON_CHARACTERS = 500


@dataclass(slots=True)
class Plugin:
    """A Django app of `SEQUITUR_PLUGINS`. `reason` says why it is faulty; empty: nothing is wrong.

    `name` is as the operator wrote it, `module` the package. `brings` are the keys that it registered, by kind.
    """

    name: str
    module: str = ""
    label: str = ""
    title: str = ""
    folder: Path | None = None
    reason: str = ""
    brings: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """`loaded` or `faulty`."""
        return "faulty" if self.reason else "loaded"

    def fail(self, error: BaseException, *, doing: str) -> None:
        """Keep the first thing that went wrong with it."""
        self.reason = self.reason or reason(error, doing=doing, folder=self.folder)


def folder_of(module: ModuleType | None) -> Path | None:
    """Where the files of a package are."""
    paths = list(getattr(module, "__path__", ()))
    return Path(paths[0]) if paths else None


def reason(error: BaseException, *, doing: str, folder: Path | None) -> str:
    """A sentence: what was being done, what went wrong, and the plugin's own line where it did."""
    said = " ".join(str(error).split())
    text = f"{doing}: {type(error).__name__}{': ' if said else ''}{said}"
    where = _where(error, folder)
    return Redactor().clean_text(f"{text[:MAX_REASON_CHARACTERS]}{where}")


def _where(error: BaseException, folder: Path | None) -> str:
    """The last line below the plugin's folder that led to it; a syntax error says its own."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({_short(Path(error.filename), folder)}, line {error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if folder is not None and Path(frame.filename).is_relative_to(folder)]
    return f" ({_short(Path(own[-1].filename), folder)}, line {own[-1].lineno})" if own else ""


def _short(path: Path, folder: Path | None) -> str:
    is_below = folder is not None and path.is_relative_to(folder)
    return str(path.relative_to(folder.parent)) if folder is not None and is_below else path.name
