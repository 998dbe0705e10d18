"""Write a whole workspace as one document, or as a folder of files: the same state is the same bytes, but for the time.

Nothing of who is in it and of what happened in it: no members, keys, runs or events, and never a secret.
"""

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import Any

from django.utils import timezone

from core import documents
from core.models import Workspace
from workflows.definitions import dependencies
from workflows.definitions.dependencies import Kind
from workflows.definitions.naming import Namer
from workflows.services.transfer import bundle
from workflows.services.transfer.bundle import Digest
from workflows.services.transfer.parts import (
    connections,
    connectors,
    event_types,
    message_templates,
    patterns,
    workflows,
)
from workflows.services.transfer.parts import workspace as columns

PRODUCT = "sequitur 0.1.0"  # as pyproject.toml has it; a test compares
MEMORY_BYTES = 4 * 1024 * 1024  # more of it is written to a file while it is made
CHUNK_BYTES = 64 * 1024
_PARTS = {
    "workspace": columns,
    "event_types": event_types,
    "message_templates": message_templates,
    "connectors": connectors,
    "connections": connections,
    "patterns": patterns,
    "workflows": workflows,
}
# What no bundle brings along.
_OUTSIDE = frozenset({Kind.SECRET, Kind.ACTION_TYPE, Kind.TRIGGER_TYPE, Kind.ENTITY_TYPE, Kind.CHANNEL})
_NOT_IN_FILES = re.compile(r"[^A-Za-z0-9._-]+")
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # of files in an archive: the earliest that it can have
Json = dict[str, Any]


class Form(StrEnum):
    """How a bundle is written."""

    JSON = "json"
    YAML = "yaml"
    ZIP = "zip"


@dataclass
class _Telling:
    """What is learnt of the content while it is read: its digest, and what it needs from elsewhere."""

    digest: Digest = field(default_factory=Digest)
    needs: dict[str, set[str]] = field(default_factory=dict)

    def items(self, section: str) -> Iterator[Json]:
        for item in _PARTS[section].items():
            self.digest.add(section, item)
            if section == "workflows":
                self._add_needs(item["draft"], item.get("active", {}))
            if section == "patterns":
                self._add_needs(patterns.definition_of(item))
            yield item

    def _add_needs(self, *definitions: Json) -> None:
        for definition in definitions:
            for each in dependencies.of(definition):
                if each.kind in _OUTSIDE:
                    self.needs.setdefault(f"{each.kind}s", set()).add(each.name)

    def manifest(self, workspace: Workspace, *, now: datetime) -> Json:
        return {
            "format": bundle.FORMAT,
            "product": PRODUCT,
            "workspace": workspace.slug,
            "made_at": now.isoformat(timespec="seconds"),
            "digest": self.digest.value,
            "needs": {kind: sorted(names) for kind, names in sorted(self.needs.items())},
        }


def written(workspace: Workspace, form: Form) -> Iterator[bytes]:
    """The bundle of the workspace in scope, in chunks. It is whole before the first one is given."""
    now = timezone.now()
    if form is Form.ZIP:
        return _chunks(b"", _zip(workspace, now=now))
    telling = _Telling()
    body: Any = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115  closed when it was read
    for text in (_json if form is Form.JSON else _yaml)(telling):
        body.write(text.encode())
    manifest = telling.manifest(workspace, now=now)
    is_json = form is Form.JSON
    head = f'{{"manifest":{_compact(manifest)}' if is_json else documents.dump_yaml({"manifest": manifest})
    return _chunks(head.encode(), body)


def files(workspace: Workspace, *, now: datetime) -> Iterator[tuple[str, bytes]]:
    """The bundle as files, a thing each, by path: for version control. The manifest comes last."""
    telling = _Telling()
    for section in bundle.SECTIONS:
        namer = Namer(())
        for item in telling.items(section):
            name = "workspace" if section == "workspace" else f"{section}/{namer.name(_file_name(section, item))}"
            yield f"{name}.yaml", documents.dump_yaml(item).encode()
    yield "manifest.yaml", documents.dump_yaml(telling.manifest(workspace, now=now)).encode()


def _json(telling: _Telling) -> Iterator[str]:
    """On one line, after a manifest that is to be put before it."""
    for section in bundle.SECTIONS:
        items = telling.items(section)
        if section == "workspace":
            yield f',"workspace":{_compact(next(items))}'
            continue
        yield f',"{section}":['
        for number, item in enumerate(items):
            yield f"{',' if number else ''}{_compact(item)}"
        yield "]"
    yield "}\n"


def _yaml(telling: _Telling) -> Iterator[str]:
    for section in bundle.SECTIONS:
        items = telling.items(section)
        if section == "workspace":
            yield documents.dump_yaml({section: next(items)})
            continue
        yield f"{section}:\n"
        is_empty = True
        for item in items:
            is_empty = False
            yield documents.dump_yaml([item])
        if is_empty:
            yield "  []\n"


def _zip(workspace: Workspace, *, now: datetime) -> Any:
    body: Any = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115  closed when it was read
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files(workspace, now=now):
            archive.writestr(zipfile.ZipInfo(path, _FIXED_TIME), content, zipfile.ZIP_DEFLATED)
    return body


def _chunks(head: bytes, body: Any) -> Iterator[bytes]:
    yield head
    with body:
        body.seek(0)
        while chunk := body.read(CHUNK_BYTES):
            yield chunk


def _file_name(section: str, item: Mapping[str, Any]) -> str:
    """In small letters, since some systems do not tell them from capitals; what no file may be called is left out."""
    name = item["draft"]["name"] if section == "workflows" else item["name"]
    return _NOT_IN_FILES.sub("-", str(name).lower()).strip("-.")[:100] or "unnamed"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
