"""Shorthand of flow control to its canonical form. What it does not understand is left as it stands, for the check.

1. `concurrency: 1` is `concurrency: {limit: 1}`.
2. `cooldown: 60` and `cooldown: {seconds, key}` are `cooldown_seconds` and `cooldown_key`; `debounce` likewise, with
   `max_seconds` as `debounce_max_seconds`.
"""

from typing import Any

Json = dict[str, Any]


def normalise(settings: Json) -> Json:
    """The settings in canonical form. Normalising them again changes nothing."""
    result = dict(settings)
    if _is_number(limit := result.get("concurrency")):
        result["concurrency"] = {"limit": limit}  # 1
    for name, parts in (("cooldown", ("seconds", "key")), ("debounce", ("seconds", "key", "max_seconds"))):
        written = result.get(name)
        if _is_number(written):
            written = {"seconds": written}
        if isinstance(written, dict) and not {f"{name}_{part}" for part in written} & result.keys():
            del result[name]
            result |= {f"{name}_{part}": value for part, value in written.items() if part in parts}  # 2
            if unknown := {part: value for part, value in written.items() if part not in parts}:
                result[name] = unknown
    return result


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
