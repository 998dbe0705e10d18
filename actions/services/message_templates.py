"""Write the messages of a workspace: each change is a new version, and none is ever changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from actions import messages, ports
from actions.messages import Message, UnknownMessageError
from actions.models import MessageTemplate, MessageTemplateVersion
from core import names, tenancy
from core.context import workspace_names
from core.errors import ConflictError, InvalidError, Problem
from core.expressions import scope, templates
from core.expressions.templates import TemplateError
from core.models import Workspace
from core.preconditions import Expected, check, state_of
from core.redaction.shortening import size_bytes
from core.services import audit

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
RESERVED_NAMES = frozenset({"preview"})  # a word of the API
MAX_TEMPLATES = 500  # of one workspace: they are listed whole
MAX_VARIABLES_BYTES = 64 * 1024
MAX_NAMED = 20  # users, in a refusal

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a version is to say."""

    subject: str
    text: str = ""
    html: str = ""
    sample_variables: Json = field(default_factory=dict)
    title: str | None = None  # None: as it was


@dataclass(frozen=True, slots=True)
class Preview:
    """A message filled in as far as it can be; None stands for what cannot, and `problems` say why."""

    subject: str | None
    text: str | None
    html: str | None
    problems: list[Problem]


def create(name: str, draft: Draft, *, by: str) -> MessageTemplateVersion:
    """Store a new message of the workspace in scope with its first version.

    Raises `InvalidError` with every problem, and `ConflictError` for a name that is taken, also but for upper and
    lower case, or when there are too many.
    """
    found = [*_name_problems(name), *problems(draft)]
    if found:
        raise InvalidError("The message template was not stored.", problems=found)
    if MessageTemplate.objects.count() >= MAX_TEMPLATES:
        raise ConflictError(f"The workspace has {MAX_TEMPLATES} message templates, which are the most.")
    try:
        with transaction.atomic():
            row = MessageTemplate.objects.create(
                workspace_id=tenancy.current_workspace_id(), name=name, title=draft.title or ""
            )
            made = _append(row, draft, number=1, by=by)
            _audit_written("created", made, by=by, before=None)
            return made
    except IntegrityError:
        raise ConflictError(f"There is a message template named {name!r} already.") from None


def change(
    name: str, draft: Draft, *, by: str, expected: Expected | None = None
) -> tuple[MessageTemplateVersion, bool]:
    """Make a new version the one that is sent; returns it and whether the message is new here.

    For a message of the product, the workspace gets its own in its place. Safe to repeat: what says the same makes no
    second version. Raises `UnknownMessageError`, `InvalidError` with every problem, and `PreconditionFailedError` when
    it is not as expected (`state`).
    Concurrency: the row of the message is locked, so versions are numbered without gaps.
    """
    if not MessageTemplate.objects.filter(name=name).exists() and name in messages.shipped_names():
        check(expected, state(None))
        return create(name, draft, by=by), True
    if found := problems(draft):
        raise InvalidError("The message template was not changed.", problems=found)
    with transaction.atomic():
        row = _locked(name)
        last = MessageTemplateVersion.objects.select_related("template").filter(template=row).latest("number")
        check(expected, state(last), by=last.created_by, at=row.updated_at)
        before, is_same = _shown(last), _says(last) == _content(draft)
        is_retitled = draft.title is not None and draft.title != row.title
        if draft.title is not None:
            row.title = last.template.title = draft.title
        row.save(update_fields=["title", "updated_at"])
        made = last if is_same else _append(row, draft, number=last.number + 1, by=by)
        if made is not last or is_retitled:
            _audit_written("changed", made, by=by, before=before)
        return made, False


def state(newest: MessageTemplateVersion | None) -> str:
    """The state of a message, as its `ETag` begins with it; None: the workspace has none of its own."""
    return "shipped" if newest is None else state_of([newest.number, newest.template.title])


def roll_back(name: str, number: int, *, by: str, expected: Expected | None = None) -> MessageTemplateVersion:
    """Say again what an earlier version said, as a new version; history stays as it was.

    Raises `UnknownMessageError`, `InvalidError` for a number that no version has, and as `change` does.
    """
    with transaction.atomic():
        old = version(_locked(name), number)
        draft = Draft(old.subject, old.text, old.html, old.sample_variables)
        return change(name, draft, by=by, expected=expected)[0]


@transaction.atomic
def delete(name: str, *, by: str, expected: Expected | None = None) -> None:
    """Forget a message that the workspace wrote, with all its versions. Where it took the place of one of the product,
    that one is sent again.

    Raises `UnknownMessageError` where the workspace wrote none, `PreconditionFailedError` when it is not as expected
    (`state`), and `ConflictError` that says who uses it while nothing would come in its place.
    """
    row = _locked(name)
    last = MessageTemplateVersion.objects.select_related("template").filter(template=row).latest("number")
    check(expected, state(last), by=last.created_by, at=row.updated_at)
    users = [] if name in messages.shipped_names() else ports.users_of_message(name)
    if users:
        more = f" and {len(users) - MAX_NAMED} more" if len(users) > MAX_NAMED else ""
        used = f"{', '.join(users[:MAX_NAMED])}{more}"
        raise ConflictError(f"The message template {name!r} cannot be deleted while it is used by {used}.")
    _audit("deleted", last, by=by, before={"name": name, **_shown(last)}, after=None)
    row.delete()


def find(name: str) -> MessageTemplate:
    """The message that the workspace wrote. Raises `UnknownMessageError`, also for one of the product."""
    row = MessageTemplate.objects.filter(name=name).first() if "\0" not in name else None
    if row is None:
        raise UnknownMessageError(f"The workspace has no message template {name[:100]!r} of its own.")
    return row


def version(template: MessageTemplate, number: int) -> MessageTemplateVersion:
    """One version. Raises `InvalidError` for a number that none has."""
    row = MessageTemplateVersion.objects.filter(template=template, number=number).first()
    if row is None:
        last = MessageTemplateVersion.objects.filter(template=template).latest("number").number
        problem = Problem("/number", "unknown_version", f"There is no version {number}; expected one from 1 to {last}.")
        raise InvalidError("There is no such version.", problems=[problem])
    return row


def preview(message: Message, *, variables: Json) -> Preview:
    """The message filled in with these values, the workspace and the clock, each part as far as it can be."""
    workspace = Workspace.objects.get(pk=tenancy.current_workspace_id())
    here = workspace_names(workspace)
    context = scope.clock(timezone.now(), zone=workspace.time_zone)
    context |= {"workspace": here, "tenant": here, "vars": workspace.variables}
    known = messages.scope_of({**context, **variables})
    found: list[Problem] = []
    filled: dict[str, str | None] = {}
    with templates.within():
        for part in messages.PARTS:
            filled[part] = None
            try:
                filled[part] = messages.fill(part, getattr(message, part), known)
            except TemplateError as error:
                found += _problems_of(error, path=f"/{part}")
    whole = messages.whole(**{part: text or "" for part, text in filled.items()})
    text = whole.text if filled["text"] is not None else None
    return Preview(filled["subject"], text, filled["html"], found)


def problems(draft: Draft) -> list[Problem]:
    """Everything that keeps the message from being stored, at JSON pointers into it."""
    found = []
    if not draft.subject.strip() or len(draft.subject) > messages.MAX_SUBJECT_CHARACTERS:
        expected = f"Expected a subject of 1 to {messages.MAX_SUBJECT_CHARACTERS} characters, expressions included."
        found.append(Problem("/subject", "invalid", expected))
    if said := names.problem(draft.title or ""):
        found.append(Problem("/title", "invalid", said))
    if not draft.text.strip() and not draft.html.strip():
        found.append(Problem("/text", "missing", "There is no message; give text, html or both."))
    if size_bytes(dict(draft.sample_variables)) > MAX_VARIABLES_BYTES:
        found.append(Problem("/sample_variables", "too_large", f"At most {MAX_VARIABLES_BYTES:,} bytes of JSON."))
    found += templates.check(draft.subject, path="/subject")
    found += templates.check(draft.text, path="/text")
    return [*found, *templates.check_html(draft.html, path="/html")]


def _append(row: MessageTemplate, draft: Draft, *, number: int, by: str) -> MessageTemplateVersion:
    return MessageTemplateVersion.objects.create(
        workspace_id=row.workspace_id, template=row, number=number, created_by=by, **_content(draft)
    )


def _content(draft: Draft) -> dict[str, Any]:
    return {
        "subject": draft.subject,
        "text": draft.text,
        "html": draft.html,
        "sample_variables": dict(draft.sample_variables),
    }


def _says(row: MessageTemplateVersion) -> dict[str, Any]:
    return _content(Draft(row.subject, row.text, row.html, row.sample_variables))


def _shown(row: MessageTemplateVersion) -> dict[str, Any]:
    """Which version is sent, and under which title; what versions say is kept, and never changed."""
    return {"version": row.number, "title": row.template.title}


def _audit_written(what: str, row: MessageTemplateVersion, *, by: str, before: Json | None) -> None:
    _audit(what, row, by=by, before=before, after={"name": row.template.name, **_shown(row)})


def _audit(what: str, row: MessageTemplateVersion, *, by: str, before: Json | None, after: Json | None) -> None:
    audit.record(
        f"message_template.{what}",
        by=by,
        target="message_template",
        target_id=row.template_id,
        before=before,
        after=after,
    )


def _locked(name: str) -> MessageTemplate:
    find(name)
    return MessageTemplate.objects.select_for_update().get(name=name)


def _problems_of(error: TemplateError, *, path: str) -> list[Problem]:
    if error.problems:
        return [Problem(path, each.code, each.message) for each in error.problems]
    return [Problem(path, error.code, error.detail)]


def _name_problems(name: str) -> list[Problem]:
    if _NAME.fullmatch(name) and name not in RESERVED_NAMES:
        return []
    expected = (
        "expected letters, digits, _ and -, not beginning with a digit, at most 100 characters, and not 'preview'"
    )
    return [Problem("/name", "invalid_name", f"{name[:120]!r} cannot be a message template's name: {expected}.")]
