"""Messages by name: those that the workspace wrote, and the ones that come with the product; filled in with names.

A message of the workspace takes the place of one of the product with the same name. Outside a workspace's scope there
are those of the product only.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from actions.mail import plain_text
from actions.models import MessageTemplate, MessageTemplateVersion
from core import plugins, tenancy
from core.errors import NotFoundError, Problem
from core.expressions import instants, templates
from core.expressions.scope import RESERVED, Scope
from core.expressions.templates.text import write as written

_FOLDER = Path(__file__).parent / "message_templates"
_SUBJECT = "Subject:"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
MAX_SUBJECT_CHARACTERS = 500
MAX_LISTED = 50  # names in an error
PARTS = ("subject", "text", "html")


@dataclass(frozen=True, slots=True)
class Message:
    """A subject, a text and HTML (empty: none), before or after they are filled in."""

    subject: str
    text: str
    html: str = ""


class UnknownMessageError(NotFoundError):
    """There is no message template of this name."""

    code = "unknown_template"


@cache
def shipped_names() -> tuple[str, ...]:
    """The names of the messages that come in files: a new one in `message_templates/`, ours or a plugin's, is a new
    message."""
    return tuple(sorted(_files()))


@cache
def shipped(name: str) -> Message:
    """The message in a file: its first line is `Subject: ...`, the rest the text."""
    return _read(_files()[name])


@cache
def _files() -> dict[str, Path]:
    """Every message's file by its name: ours, then those of plugins."""
    own = _FOLDER.glob("*.txt")
    return {file.stem: file for file in (*plugins.files("message_templates", "*.txt"), *own)}


def check(file: Path) -> None:
    """Do nothing when a plugin's file can be used. Raises ValueError without a subject, for templates that cannot be
    read, and for a name that is taken.
    """
    message = _read(file)
    if not message.subject:
        raise ValueError("its first line is to be `Subject: ...`")
    if file.stem in (each.stem for each in _FOLDER.glob("*.txt")):
        raise ValueError(f"there is a message template {file.stem!r} already")
    for source in (message.subject, message.text):
        templates.compile(source)


def _read(file: Path) -> Message:
    head, _, text = file.read_text(encoding="utf-8").partition("\n")
    if not head.startswith(_SUBJECT):
        return Message(subject="", text=text)
    return Message(subject=head.removeprefix(_SUBJECT).strip(), text=text.strip() + "\n")


def names() -> tuple[str, ...]:
    """The names of all messages, those of the workspace in scope among them."""
    ours = MessageTemplate.objects.values_list("name", flat=True) if _is_in_scope() else ()
    return tuple(sorted({*shipped_names(), *ours}))


def load(name: str) -> Message:
    """The message of a name as it is written now. Raises `UnknownMessageError`."""
    row = newest(name)
    if row is not None:
        return Message(subject=row.subject, text=row.text, html=row.html)
    if name not in shipped_names():
        raise UnknownMessageError(_explain(name))
    return shipped(name)


def newest(name: str) -> MessageTemplateVersion | None:
    """The newest version of the message that the workspace in scope wrote; None when it wrote none of this name."""
    if not _is_in_scope() or "\0" in name:
        return None
    return MessageTemplateVersion.objects.filter(template__name=name).order_by("-number").first()


def render(name: str, *, variables: Mapping[str, Any], context: Mapping[str, Any]) -> Message:
    """The message filled in with `variables`, and with the names of the run where those say nothing.

    The subject is one line. What is put into the HTML is escaped; without a text, it is made from the HTML.
    Raises `UnknownMessageError`, and `core.expressions.templates.TemplateError` for what cannot be filled in.
    """
    found = load(name)
    scope = scope_of({**context, **variables})
    with templates.within():
        filled = {part: fill(part, getattr(found, part), scope) for part in PARTS}
    return whole(**filled)


def scope_of(known: Mapping[str, Any]) -> Scope:
    """The names as templates look them up; the clock may be text, as it is in JSON."""
    reserved = {name: value for name, value in known.items() if name in RESERVED}
    for name in reserved.keys() & {"now", "today"}:
        if isinstance(reserved[name], str):
            reserved[name] = instants.parse(reserved[name]) or reserved[name]
    if isinstance(reserved.get("today"), datetime):
        reserved["today"] = reserved["today"].date()
    return Scope(names=reserved, fallback={name: value for name, value in known.items() if name not in RESERVED})


def fill(part: str, source: str, scope: Scope) -> str:
    """One part of a message filled in. Raises `core.expressions.templates.TemplateError`."""
    if part == "html":
        return str(templates.compile_html(source).render(scope))
    value = templates.compile(source).render(scope)
    text = written(value)
    return one_line(text) if part == "subject" else text


def whole(*, subject: str, text: str, html: str) -> Message:
    """The message of parts that are filled in: without a text, it is made from the HTML."""
    return Message(subject=subject, text=text if text.strip() or not html else plain_text.of(html), html=html)


def one_line(text: str) -> str:
    """The text without line breaks and control characters, which would begin another header; at most 500 characters."""
    return " ".join(_CONTROL.sub(" ", text).split())[:MAX_SUBJECT_CHARACTERS]


def check_name(name: object, *, path: str) -> Iterator[Problem]:
    """The problem of a name, as it is written in a definition, that no message has; a template may give any name."""
    if not isinstance(name, str) or templates.is_template(name):
        return
    if name not in shipped_names() and newest(name) is None:
        yield Problem(path, "unknown_template", _explain(name))


def _explain(name: str) -> str:
    known = names()
    more = f" and {len(known) - MAX_LISTED} more" if len(known) > MAX_LISTED else ""
    return f"There is no message template {name[:100]!r}; there are {', '.join(known[:MAX_LISTED])}{more}."


def _is_in_scope() -> bool:
    """Whether the code acts for a workspace: not in a command, nor in the operators' admin."""
    try:
        tenancy.current_workspace_id()
    except tenancy.NoScopeError:
        return False
    return True
