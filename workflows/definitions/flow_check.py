"""What is wrong with flow control beyond its shape: names in its keys, controls that exclude each other."""

from collections.abc import Iterable, Iterator
from typing import Any

from core.errors import Problem
from core.expressions import templates
from workflows.definitions import references
from workflows.definitions.references import Names

KEYED = ("concurrency", "rate_limit", "throttle", "dedupe", "batch")
OVERLAPS = ("queue", "cancel_running", "cancel")
FLAT_KEYS = ("cooldown_key", "debounce_key")


def check(settings: Any, *, path: str, names: Names) -> Iterator[Problem]:
    """Every problem. Parts of the wrong kind are the shape's."""
    if not isinstance(settings, dict):
        return
    for where, text in _keys(settings):
        found = templates.check_structure(text, path=f"{path}/{where}")
        yield from found or references.check(text, path=f"{path}/{where}", names=names)
    if settings.get("batch") and settings.get("debounce_seconds"):
        message = "A workflow either gathers events (`batch`) or waits for the last one (`debounce_seconds`), not both."
        yield Problem(f"{path}/batch", "conflict", message)
    dedupe = settings.get("dedupe")
    key = dedupe.get("key") if isinstance(dedupe, dict) else None
    if isinstance(key, str) and key and not templates.has_templates(key):
        message = 'This key is the same for every event, so only one would start: use a template like "{{ event.id }}".'
        yield Problem(f"{path}/dedupe/key", "constant_key", message)


def check_overlaps(settings: Any, triggers: Iterable[tuple[str, Any]]) -> Iterator[Problem]:
    """Schedules whose runs wait for each other in a workflow that says itself how many may go on at once."""
    if not isinstance(settings, dict) or not settings.get("concurrency"):
        return
    for path, part in triggers:
        params = part.get("params")
        if isinstance(params, dict) and params.get("overlap") in OVERLAPS:
            message = (
                "The workflow has `concurrency`, which says what its runs wait for: "
                "leave out one of the two, or let the schedule `skip`."
            )
            yield Problem(f"{path}/params/overlap", "conflict", message)


def _keys(settings: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name in KEYED:
        part = settings.get(name)
        if isinstance(part, dict) and isinstance(part.get("key"), str):
            yield f"{name}/key", part["key"]
    for name in FLAT_KEYS:
        if isinstance(settings.get(name), str):
            yield name, settings[name]
