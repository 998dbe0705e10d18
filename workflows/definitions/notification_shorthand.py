"""Shorthand of notifications to the canonical form. What it does not understand stays as it stands.

1. `notificationPolicies` and `notification_policies` are other names of `notifications`.
2. One policy may stand without its list.
3. Triggers are written in any case, `on_failed` too; channels are in small letters.
"""

from typing import Any

Json = dict[str, Any]

_OTHER_NAMES = ("notificationPolicies", "notification_policies")


def normalise(part: Json) -> Json:
    """The part (an action, or the settings) with its notifications in canonical form. Safe to repeat."""
    result = dict(part)
    for name in _OTHER_NAMES:
        if name in result and "notifications" not in result:
            result["notifications"] = result.pop(name)  # 1
    found = result.get("notifications")
    if isinstance(found, dict):
        found = [found]  # 2
    if isinstance(found, list):
        result["notifications"] = [_policy(each) for each in found]
    elif found is None:
        result.pop("notifications", None)
    return result


def _policy(written: Any) -> Any:
    """(3)"""
    if not isinstance(written, dict):
        return written
    result = {key: value for key, value in written.items() if value is not None}
    for name, change in (("trigger", str.upper), ("channel", str.lower)):
        if isinstance(result.get(name), str):
            result[name] = change(result[name].strip())
    return result
