"""Names of event types, and patterns over them: `lead.created`, `lead.*` (one level), `lead.**` (any depth)."""

import re
from functools import lru_cache

MAX_LENGTH = 200
_LEVEL = r"[\w/:+-]+"
_NAME = re.compile(rf"{_LEVEL}(?:\.{_LEVEL})*")
_PATTERN = re.compile(rf"(?:{_LEVEL}|\*)(?:\.(?:{_LEVEL}|\*))*(?:\.\*\*)?|\*\*")


def is_name(text: str) -> bool:
    """Whether `text` can be the type of an event: levels of letters, digits, _ / : + -, separated by dots."""
    return len(text) <= MAX_LENGTH and _NAME.fullmatch(text) is not None


def is_pattern(text: str) -> bool:
    """Whether `text` is a name, or one with `*` for a level, or with `**` for all that follows."""
    return len(text) <= MAX_LENGTH and _PATTERN.fullmatch(text) is not None


def is_wild(pattern: str) -> bool:
    """Whether the pattern means more than one type."""
    return "*" in pattern


def regex(pattern: str) -> str:
    """A regular expression that means the types the pattern means, in Python and in PostgreSQL alike."""
    levels = [".+" if level == "**" else r"[^.]+" if level == "*" else re.escape(level) for level in pattern.split(".")]
    return "^" + r"\.".join(levels) + "$"


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(regex(pattern))


def matches(pattern: str, event_type: str) -> bool:
    """Whether an event of this type is meant by the pattern. `lead.**` means `lead.a` and `lead.a.b`, not `lead`."""
    return pattern == event_type or (is_wild(pattern) and _compiled(pattern).fullmatch(event_type) is not None)
