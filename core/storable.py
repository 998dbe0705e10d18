"""How large a value is as JSON, if it can be stored as JSON at all."""

import json
from typing import Any

from core import documents
from core.errors import MalformedError


def size_bytes(value: Any) -> int:
    """The length of the value as compact JSON in UTF-8.

    Raises `MalformedError` for what PostgreSQL cannot store: NUL, half a surrogate pair, NaN and infinity, what is
    nested deeper than we accept; and for what is no JSON at all.
    """
    documents.check_storable(value)
    try:
        return len(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode())
    except ValueError:
        raise MalformedError("The value has a number that JSON lacks (NaN or infinity).") from None
    except TypeError:
        raise MalformedError("The value is no JSON: text, numbers, true, false, null, lists and objects.") from None
