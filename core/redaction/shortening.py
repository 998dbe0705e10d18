"""Cut a JSON value down to a size, and leave its shape as long as that goes."""

import json
from typing import Any

MARK = "[truncated]"
# Long texts go first, then long lists and objects. Units: characters of a text, members of a list or object.
_STEPS = ((65_536, 1000), (16_384, 1000), (4096, 500), (1024, 200), (256, 100), (64, 30), (64, 10), (32, 3))


def size_bytes(value: Any) -> int:
    """The length of the value as compact JSON in UTF-8."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def shorten(value: Any, *, max_bytes: int) -> Any:
    """The value itself when it fits, else as much of it as does; what is missing is said where it was.

    Objects stay objects, lists stay lists. `max_bytes` under 40 is taken for 40.
    """
    max_bytes = max(max_bytes, 40)
    if size_bytes(value) <= max_bytes:
        return value
    for characters, members in _STEPS:
        shortened = _cut(value, characters=characters, members=members)
        if size_bytes(shortened) <= max_bytes:
            return shortened
    if isinstance(value, dict):
        return {MARK: True}
    return [MARK] if isinstance(value, list) else MARK


def _cut(value: Any, *, characters: int, members: int) -> Any:
    if isinstance(value, str):
        return _cut_text(value, characters=characters)
    if isinstance(value, list):
        kept = [_cut(item, characters=characters, members=members) for item in value[:members]]
        return [*kept, f"{MARK} {len(value) - members} more"] if len(value) > members else kept
    if isinstance(value, dict):
        items = list(value.items())[:members]
        kept_items = {_cut_text(name, characters=characters): _cut(item, characters=characters, members=members)
                      for name, item in items}  # fmt: skip
        return kept_items | {MARK: f"{len(value) - members} more"} if len(value) > members else kept_items
    return value


def _cut_text(text: str, *, characters: int) -> str:
    return text if len(text) <= characters else f"{text[:characters]}{MARK}"
