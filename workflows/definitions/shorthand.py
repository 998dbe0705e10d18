"""Shorthand of people to the canonical form. Tolerant: what it does not understand is left as it stands, for the check.

1. `trigger: {...}`, `trigger: lead.created` and a top-level `event_type` become `triggers: [...]`.
2. `event_type` of a trigger becomes its `type`.
3. Triggers without an `id` get one: `t1`, `t2`; hyphens of one become underscores. Actions: see `action_shorthand`.
4. Lists of conditions become `and`; filters with plain values become `eq` (see `core.expressions`).
5. Of the settings, `timeout` in milliseconds and `retryPolicy` become `timeout_seconds` and `retry`.
6. `nodes` and `edges` of React Flow become triggers and actions (see `react_flow`).
7. Notifications: see `notification_shorthand`.
8. `config` of a trigger becomes its `params`, without a `webhookUrl`, which is ours to give.
9. Flow control: see `flow_shorthand`.
"""

from collections.abc import Mapping
from typing import Any

from core.errors import InvalidError
from core.expressions import conditions
from workflows.definitions import action_shorthand, flow_shorthand, notification_shorthand, react_flow
from workflows.definitions.naming import Namer

Json = dict[str, Any]


def normalise(document: Mapping[str, Any]) -> Json:
    """The canonical form. Normalising it again changes nothing."""
    result = _from_graph(document)
    if isinstance(triggers := _triggers(result), list):
        namer = Namer(item["id"] for item in triggers if isinstance(item, dict) and isinstance(item.get("id"), str))
        result["triggers"] = [_trigger(item, f"t{number}", namer) for number, item in enumerate(triggers, start=1)]
    if result.get("conditions") is not None:
        result["conditions"] = conditions.normalise(result["conditions"])
    elif "conditions" in result:
        del result["conditions"]
    if isinstance(result.get("settings"), dict):
        result["settings"] = _settings(result["settings"])
    if isinstance(result.get("actions"), list):
        result["actions"] = action_shorthand.normalise(result["actions"])
    return result


def _from_graph(document: Mapping[str, Any]) -> Json:
    """What is drawn, as it would be written; with mistakes in the drawing, as it stands (6)."""
    if react_flow.is_graph(document):
        try:
            return react_flow.from_graph(document)
        except InvalidError:
            pass  # the check says why
    return dict(document)


def _settings(written: Json) -> Json:
    """(5) Milliseconds are read only where the name is the one of other products."""
    result = dict(written)
    timeout = result.get("timeout")
    if "timeout_seconds" not in result and isinstance(timeout, int | float) and not isinstance(timeout, bool):
        seconds = result.pop("timeout") / 1000
        result["timeout_seconds"] = int(seconds) if seconds.is_integer() else seconds
    if "retry" not in result and "retryPolicy" in result:
        result["retry"] = result.pop("retryPolicy")
    if "retry" in result:
        result["retry"] = action_shorthand.normalise_retry(result["retry"])
    return notification_shorthand.normalise(flow_shorthand.normalise(result))


def _triggers(document: Json) -> Any:
    """Take the triggers out of `document`, however they are written (1)."""
    if "triggers" in document:
        return document["triggers"]
    if "trigger" in document:
        return [document.pop("trigger")]
    if "event_type" in document:
        return [{"type": document.pop("event_type")}]
    return None


def _trigger(item: Any, default_id: str, namer: Namer) -> Any:
    if isinstance(item, str):
        item = {"type": item}
    if not isinstance(item, dict):
        return item
    result = {**item} if "id" in item else {"id": namer.name(default_id), **item}
    if isinstance(result["id"], str):
        result["id"] = result["id"].replace("-", "_")
    if "event_type" in result and "type" not in result:
        result["type"] = result.pop("event_type")  # 2
    if isinstance(result.get("config"), dict) and "params" not in result:
        result["params"] = {key: value for key, value in result.pop("config").items() if key != "webhookUrl"}  # 8
    if isinstance(result.get("filters"), dict):
        result["filters"] = conditions.normalise_filters(result["filters"])
    if result.get("conditions") is not None:
        result["conditions"] = conditions.normalise(result["conditions"])
    else:
        result.pop("conditions", None)
    return result
