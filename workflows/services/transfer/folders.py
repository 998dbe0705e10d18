"""A bundle as a folder of YAML files, a thing each: what version control keeps, and people review."""

from datetime import datetime
from pathlib import Path
from typing import Any

from core import documents
from core.errors import InvalidError
from core.models import Workspace
from workflows.services.transfer import bundle, exporting

MANIFEST = "manifest.yaml"
MAX_FILES = 5_000
MAX_FILE_BYTES = 2 * 1024 * 1024
_LISTS = tuple(section for section in bundle.SECTIONS if section != "workspace")

Json = dict[str, Any]


def write(workspace: Workspace, folder: Path, *, now: datetime) -> int:
    """Write the bundle of the workspace in scope; returns the number of files. What an earlier one had and this one has
    not is deleted, so that a commit shows what is gone.

    Raises OSError, and `InvalidError` for a folder that has files but is no bundle: nothing of it is touched.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise InvalidError(
            f"{folder} has files and no {MANIFEST}: choose an empty folder, or one of an earlier export."
        )
    written = set()
    for path, content in exporting.files(workspace, now=now):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        written.add(place)
    for section in _LISTS:
        for place in (folder / section).glob("*.yaml"):
            if place not in written:
                place.unlink()
    return len(written)


def read(folder: Path) -> Json:
    """The bundle in a folder, as a document. Raises OSError, and `InvalidError` that says which file cannot be read."""
    found: Json = {"manifest": _read(folder / MANIFEST)}
    if (folder / "workspace.yaml").exists():
        found["workspace"] = _read(folder / "workspace.yaml")
    for section in _LISTS:
        places = sorted((folder / section).glob("*.yaml"))
        if len(places) > MAX_FILES:
            raise InvalidError(f"{folder / section} has more than {MAX_FILES:,} files.")
        if places:
            found[section] = [_read(place) for place in places]
    return found


def _read(place: Path) -> Any:
    try:
        return documents.parse_yaml(place.read_bytes(), max_bytes=MAX_FILE_BYTES)
    except InvalidError as error:
        raise InvalidError(f"{place}: {error.detail}") from None
