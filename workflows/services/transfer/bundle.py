"""The form of a bundle: a whole workspace as one document. Everything in it is checked here before anything is asked.

Source of the digest: SHA-256 over the canonical JSON (`core.chaining`) of the content, one line for each item, so it
does not depend on how the document is written, nor on when it was made.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from core import chaining, validation
from core.errors import InvalidError, Problem
from core.models import Role
from triggers.engine import patterns
from triggers.models import Validation

Json = dict[str, Any]

FORMAT = 1
MAX_BYTES = 8 * 1024 * 1024
MAX_WORKFLOWS = 500
MAX_ITEMS = 1000  # of each other section
MAX_TESTS = 100  # of a workflow, as many as are kept
MAX_GIVEN = 500  # of what answers in a test, and of what it ignores

Text = Annotated[str, Field(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Manifest(_Part):
    """What the bundle is. `digest` is that of the content; `needs` are names, by what they are of, that it lacks."""

    format: Literal[1] = 1
    product: Text = ""
    workspace: Text = Field("", description="The slug of the workspace that it was made of")
    made_at: Text = Field("", description="An instant in UTC")
    digest: Text = ""
    needs: dict[str, list[str]] = Field(default_factory=dict, max_length=20)


class WorkspacePart(_Part):
    """Columns of the workspace that its admins write; those that are left out stay as they are."""

    time_zone: Text | None = None
    settings: Json | None = None
    variables: Json | None = None
    limits: Json | None = None
    flow: Json | None = None
    outbound: Json | None = None
    action_roles: Json | None = None


class EventTypeItem(_Part):
    """A type of events."""

    name: str
    description: str = Field("", max_length=10_000)
    producer: Text = ""
    labels: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=200)
    schema_: Json | None = Field(None, alias="schema")
    sample: Any = None
    validation: Validation = Validation.OFF

    @field_validator("name")
    @classmethod
    def is_name(cls, value: str) -> str:
        if not patterns.is_name(value):
            raise ValueError("expected the name of an event type, such as lead.created")
        return value


class MessageTemplateItem(_Part):
    """What a message of the workspace says now."""

    name: str = Field(max_length=100)
    title: Text = ""
    subject: str = Field(max_length=10_000)
    text: str = Field("", max_length=1_000_000)
    html: str = Field("", max_length=1_000_000)
    sample_variables: Json = Field(default_factory=dict)


class ConnectionItem(_Part):
    """A connection without its secrets; `secrets` are the names of those that have to be given."""

    name: str = Field(max_length=100)
    kind: str = Field(max_length=100)
    settings: Json = Field(default_factory=dict)
    role: Role = Role.EDITOR
    secrets: list[Text] = Field(default_factory=list, max_length=100)


class PatternItem(_Part):
    """What workflows name and share: the trigger that it stands for, under a name."""

    name: str = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=2000)
    type: Text
    params: Json = Field(default_factory=dict)
    filters: Json = Field(default_factory=dict)
    conditions: Json | None = None
    is_active: bool = True


def _instant(written: object) -> object:
    """The text of an instant, as it is written."""
    try:
        is_right = isinstance(written, str) and datetime.fromisoformat(written).tzinfo is not None
        is_right = is_right and 2 <= datetime.fromisoformat(str(written)).year < 9000
    except ValueError:
        is_right = False
    if not is_right:
        raise ValueError("expected an instant with its offset, like 2026-01-31T09:30:00+00:00")
    return written


Instant = Annotated[Any, AfterValidator(_instant)]


class TestEvent(_Part):
    """The event of a kept test."""

    __test__ = False  # pytest

    id: UUID
    time: Instant
    event_id: Annotated[str, Field(max_length=255)]
    type: Text
    source: Annotated[str, Field(max_length=255)]
    subject: Annotated[str, Field(max_length=255)] | None
    data: Json
    request: Json | None
    extensions: Json | None


class TestExpected(_Part):
    """What a kept test has to come to."""

    __test__ = False  # pytest

    status: Annotated[str, Field(max_length=16)] | None = None
    error: Annotated[str, Field(max_length=100)] | None = None
    actions: dict[str, Json] = Field(default_factory=dict)


def _event(written: Json) -> Json:
    """What is written, which is right."""
    TestEvent.model_validate(written)
    return written


def _expected(written: Json) -> Json:
    TestExpected.model_validate(written)
    return written


class TestItem(_Part):
    """A test that is kept with a workflow."""

    __test__ = False  # pytest

    name: Annotated[str, Field(min_length=1, max_length=200)]
    event: Annotated[Json, AfterValidator(_event)]
    trigger_key: Annotated[str, Field(max_length=100)] = ""
    now: Instant
    pins: Json = Field(default_factory=dict, max_length=MAX_GIVEN)
    answers: Json = Field(default_factory=dict, max_length=MAX_GIVEN)
    expected: Annotated[Json, AfterValidator(_expected)] = Field(default_factory=dict)
    ignore: list[Annotated[str, Field(max_length=1000)]] = Field(default_factory=list, max_length=MAX_GIVEN)


def _number(written: object) -> object:
    """As it is, so that a whole number stays one."""
    if isinstance(written, bool) or not isinstance(written, int | float):
        raise ValueError("expected a number")  # noqa: TRY004  pydantic takes no TypeError
    return written


Number = Annotated[Any, AfterValidator(_number)]


class Position(_Part):
    """Where a node is drawn."""

    x: Number
    y: Number


class WorkflowItem(_Part):
    """A workflow: its draft, and what its active version says where that is something else."""

    status: Literal["draft", "active", "paused"] = "draft"
    draft: Json
    active: Json | None = None
    layout: dict[Annotated[str, Field(max_length=300)], Position] = Field(default_factory=dict, max_length=1000)
    tests: list[TestItem] = Field(default_factory=list, max_length=MAX_TESTS)


class Bundle(_Part):
    """A whole workspace: its columns, and its things by section."""

    manifest: Manifest
    workspace: WorkspacePart = WorkspacePart()
    event_types: list[EventTypeItem] = Field(default_factory=list, max_length=MAX_ITEMS)
    message_templates: list[MessageTemplateItem] = Field(default_factory=list, max_length=MAX_ITEMS)
    connectors: list[Json] = Field(default_factory=list, max_length=MAX_ITEMS)
    connections: list[ConnectionItem] = Field(default_factory=list, max_length=MAX_ITEMS)
    patterns: list[PatternItem] = Field(default_factory=list, max_length=MAX_ITEMS)
    workflows: list[WorkflowItem] = Field(default_factory=list, max_length=MAX_WORKFLOWS)


SECTIONS = tuple(name for name in Bundle.model_fields if name != "manifest")


def parse(document: Mapping[str, Any]) -> Bundle:
    """The bundle that a document is. Raises `InvalidError` with every problem, and for another format."""
    manifest = document.get("manifest")
    written = manifest.get("format") if isinstance(manifest, dict) else None
    if written is not None and (isinstance(written, bool) or written != FORMAT):
        message = f"The bundle has the format {str(written)[:20]}; this server reads {FORMAT}. Export it again."
        raise InvalidError(message, problems=[Problem("/manifest/format", "unsupported_format", message)])
    found = validation.parse(Bundle, document, detail="This is no bundle of a workspace.")
    if problems := [*_nameless(found)]:
        raise InvalidError("This is no bundle of a workspace.", problems=problems)
    return found


def _nameless(found: Bundle) -> Iterable[Problem]:
    for number, each in enumerate(found.workflows):
        name = each.draft.get("name")
        if not isinstance(name, str) or not name.strip() or len(name) > 200:
            path = f"/workflows/{number}/draft/name"
            yield Problem(path, "missing", "Expected a name of 1 to 200 characters.")


class Digest:
    """That of content which comes item by item."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, section: str, item: Mapping[str, Any]) -> None:
        """One item of a section, in the order of the document."""
        self._hash.update(f"{section} {chaining.canonical(item)}\n".encode())

    @property
    def value(self) -> str:
        return self._hash.hexdigest()


def digest_of(document: Mapping[str, Any]) -> str:
    """The digest of a document that `parse` takes."""
    found = Digest()
    for section in SECTIONS:
        written = document.get(section, [])
        for item in written if isinstance(written, list) else [written]:
            found.add(section, item)
    return found.value
