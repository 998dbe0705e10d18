"""Filters on text. What could grow is measured before it is built."""

import html
import re
import unicodedata
from typing import Any
from urllib.parse import quote

from core.expressions import regexes
from core.expressions.templates.errors import TemplateError
from core.expressions.templates.filters.base import (
    MAX_CHARACTERS,
    MAX_ITEMS,
    Filter,
    as_count,
    as_text,
    fits,
    register,
)  # fmt: skip

_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def replace(value: Any, old: Any, new: Any) -> str:
    """The text with every `old` replaced."""
    source, part, other = as_text(value), as_text(old), as_text(new)
    if not part:
        raise TemplateError("needs a text to replace that is not empty")
    fits(len(source) + source.count(part) * (len(other) - len(part)))
    return source.replace(part, other)


def split(value: Any, separator: Any = None) -> list[str]:
    """The parts between separators; without one, the words."""
    parts = as_text(value).split(as_text(separator) or None, MAX_ITEMS)
    if len(parts) > MAX_ITEMS:
        raise TemplateError(f"would give more than {MAX_ITEMS:,} parts")
    return parts


def truncate(value: Any, length: Any = 255, end: Any = "…") -> str:
    """At most `length` characters, the last of them `end` when something was cut off."""
    source, most, tail = as_text(value), as_count(length, most=MAX_CHARACTERS), as_text(end)
    return source if len(source) <= most else source[: max(most - len(tail), 0)] + tail[:most]


def regex_find(value: Any, pattern: Any) -> str | None:
    """The first match of a linear-time pattern, or null."""
    try:
        return regexes.find(as_text(pattern), as_text(value))
    except regexes.InvalidPatternError as error:
        raise TemplateError(f"cannot use the pattern: {error.detail}") from None
    except regexes.TooLongError as error:
        raise TemplateError(f"cannot search: {error.detail}") from None


def slug(value: Any) -> str:
    """Lower-case ASCII letters and digits with single hyphens between."""
    ascii_text = unicodedata.normalize("NFKD", as_text(value)).encode("ascii", "ignore").decode("ascii")
    return _NOT_SLUG.sub("-", ascii_text.lower()).strip("-")


def urlencode(value: Any) -> str:
    """Percent-encoded, so that it stays one part of a path or one value of a query."""
    return quote(as_text(value).encode("utf-8", "replace"), safe="")


register(
    Filter(name="upper", apply=lambda value: as_text(value).upper()),
    Filter(name="lower", apply=lambda value: as_text(value).lower()),
    Filter(name="title", apply=lambda value: as_text(value).title()),
    Filter(name="trim", apply=lambda value: as_text(value).strip()),
    Filter(name="replace", apply=replace),
    Filter(name="split", apply=split),
    Filter(name="truncate", apply=truncate),
    Filter(name="regex_find", apply=regex_find),
    Filter(name="slug", apply=slug),
    Filter(name="urlencode", apply=urlencode),
    Filter(name="escape", apply=lambda value: html.escape(as_text(value))),
)
