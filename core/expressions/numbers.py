"""Numbers as JSON knows them, read from numbers and from text that is wholly a number. A boolean is not a number."""

import json
import math
import re
from typing import Any

_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_MAX_CHARACTERS = 400  # longer than any finite float, shorter than the digits that Python refuses to read


def is_number(value: Any) -> bool:
    """Whether the value is a number as it stands; text that spells one is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def parse(value: Any) -> int | float | None:
    """The number that `value` is or wholly spells, or None."""
    if isinstance(value, str):
        return _from_text(value)
    if not is_number(value):
        return None
    number: int | float = value
    return number


def _from_text(text: str) -> int | float | None:
    if len(text) > _MAX_CHARACTERS or not _JSON_NUMBER.fullmatch(text):
        return None
    number: int | float = json.loads(text)
    try:
        return number if math.isfinite(number) else None
    except OverflowError:  # a whole number beyond all floats: no JSON number that is sent is as large
        return None
