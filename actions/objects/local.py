"""Objects in a folder of this machine, for deployments without a store: below the deployment's home, by workspace.

1. A file is named for the SHA-256 of its key, so no key leads out of the folder, is too long for a name, clashes
   with a folder's, or is another one's on a disk that ignores case.
2. It holds a line of JSON (key, type, metadata) and the bytes, written beside it and renamed: whoever reads sees the
   old object or the new one, whole.
3. Symbolic links in the place of a file are not followed.

With workers on several machines, each has a folder of its own: share it, or use a store that speaks S3.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import NoReturn
from uuid import UUID

from django.conf import settings
from pydantic import Field

from actions.base import ActionCall, ActionFailedError
from actions.connections.base import ConnectionPart
from actions.objects.base import MAX_OBJECT_BYTES, Content, Exchanged

MAX_FILES = 10_000
_MAX_HEADER_BYTES = 64 * 1024
DEFAULT_FOLDER = "default"


class LocalFolderSettings(ConnectionPart):
    """Which folder of the workspace."""

    folder: str = Field(
        DEFAULT_FOLDER, pattern=r"^[a-z0-9_-]{1,64}$", description="Its name: small letters, digits, _ and -."
    )


class LocalStore:
    """One folder of one workspace."""

    def __init__(self, workspace_id: UUID, *, folder: str = DEFAULT_FOLDER) -> None:
        self._folder = Path(settings.SEQUITUR_OBJECTS_PATH) / str(workspace_id) / folder

    def put(self, key: str, content: Content, call: ActionCall) -> Exchanged:
        """See `actions.objects.base.Store`. Raises `ActionFailedError`: storage_full, storage_failed (retryable)."""
        header = {"key": key, "content_type": content.content_type, "metadata": dict(content.metadata)}
        whole = json.dumps(header).encode() + b"\n" + content.body
        path = self._path(key)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._refuse_full(len(whole), beside=path)
            _replace(path, whole)
        except OSError as error:
            _fail(error)
        return Exchanged(Content(content.body, content.content_type, content.metadata, _etag(content.body)))

    def get(self, key: str, call: ActionCall) -> Exchanged:
        """See `actions.objects.base.Store`. Raises `ActionFailedError` (storage_failed, retryable)."""
        try:
            descriptor = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                header = json.loads(file.readline(_MAX_HEADER_BYTES))
                body = file.read(MAX_OBJECT_BYTES)
        except FileNotFoundError:
            return Exchanged(None)
        except (OSError, ValueError) as error:
            _fail(error)
        return Exchanged(Content(body, header["content_type"], header["metadata"], _etag(body)))

    def test(self) -> None:
        """Write and remove a file. Raises `ActionFailedError` (storage_failed)."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(b"x")
        except OSError as error:
            _fail(error)

    def _path(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()

    def _refuse_full(self, size: int, *, beside: Path) -> None:
        """The limit is that of the workspace, over all its folders; two that write at once may pass it a little."""
        sizes = {each: each.lstat().st_size for each in self._folder.parent.glob("*/*")}
        replaced = sizes.pop(beside, 0)
        limit = settings.SEQUITUR_MAX_LOCAL_OBJECT_BYTES
        if sum(sizes.values()) + size > limit or (len(sizes) >= MAX_FILES and not replaced):
            text = f"the workspace keeps {limit:,} bytes in {MAX_FILES:,} objects here; a store that speaks S3 has more"
            raise ActionFailedError("storage_full", text, is_retryable=False)


def _replace(path: Path, whole: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix="new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(whole)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _etag(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _fail(error: Exception) -> NoReturn:
    """Without the path, which is the operator's business."""
    reason = (error.strerror or "") if isinstance(error, OSError) else "a file is damaged"
    text = f"the folder for objects cannot be used: {reason.lower() or type(error).__name__}"
    raise ActionFailedError("storage_failed", text, is_retryable=True) from None
