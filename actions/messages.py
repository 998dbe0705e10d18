"""The messages that come with the product: text files with a subject, filled in with names."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.expressions import templates
from core.expressions.scope import RESERVED, Scope

_FOLDER = Path(__file__).parent / "message_templates"
_SUBJECT = "Subject:"


@dataclass(frozen=True, slots=True)
class Message:
    """A subject and a text, before or after they are filled in."""

    subject: str
    text: str
    html: str = ""


class UnknownMessageError(Exception):
    """There is no message template of this name."""


@cache
def names() -> tuple[str, ...]:
    """The names of all message templates: a new file in `message_templates/` is a new one."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.txt")))


@cache
def load(name: str) -> Message:
    """The template of a name: its first line is `Subject: ...`, the rest the text. Raises `UnknownMessageError`."""
    if name not in names():
        raise UnknownMessageError(f"there is no message template {name!r}; there are {', '.join(names())}")
    head, _, text = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").partition("\n")
    return Message(subject=head.removeprefix(_SUBJECT).strip(), text=text.strip() + "\n")


def render(name: str, *, variables: Mapping[str, Any], context: Mapping[str, Any]) -> Message:
    """The message filled in with `variables`, and with the names of the run where those say nothing.

    Raises `UnknownMessageError`, and `core.expressions.templates.TemplateError` for what cannot be filled in.
    """
    known = {**context, **variables}
    scope = Scope(
        names={name: value for name, value in known.items() if name in RESERVED},
        fallback={name: value for name, value in known.items() if name not in RESERVED},
    )
    template = load(name)
    return Message(subject=_filled(template.subject, scope), text=_filled(template.text, scope))


def _filled(source: str, scope: Scope) -> str:
    return str(templates.compile(source).render(scope))
