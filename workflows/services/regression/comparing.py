"""What a test came to against what it has to come to, each difference with its place. Pure.

1. Of `expected`, what is named is compared, and all of that: an output is as it was, or it differs.
2. What stands under an ignored path is not looked at. `*` in a path is any one name.
3. An action that would send something and that is not expected at all is a difference, too.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from core import pointers
from workflows.services.rehearsal.report import Performed, Report
from workflows.services.rehearsal.script import Source

Json = dict[str, Any]

MAX_DIFFERENCES = 100
MAX_SAID = 200  # characters of a value in a sentence

_COMPUTED = frozenset({Source.COMPUTED, Source.ANSWER, Source.ASSUMED})
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which it came out otherwise. What is absent is None; `message` tells which."""

    path: str
    expected: Any
    actual: Any
    message: str


def observed(report: Report) -> Json:
    """What a test came to, as `expected` has it: outputs of what was computed, and what would have been sent."""
    return {
        "status": report.status,
        "error": (report.error or {}).get("code"),
        "actions": {place_of(each): _observed(each) for each in report.actions},
    }


def place_of(each: Performed) -> str:
    """`id`, or `id[3]` for what is done for an item of a loop."""
    return f"{each.action}[{each.iteration}]" if each.iteration else each.action


def _observed(each: Performed) -> Json:
    found: Json = {"status": each.status}
    if each.error is not None and each.status == "failed":
        found["error"] = each.error.get("code")
    if each.output is not None and each.source in _COMPUTED and not each.is_cut:
        found["output"] = each.output
    if each.would is not None:
        found["would"] = each.would
    return found


def compare(expected: Mapping[str, Any], actual: Mapping[str, Any], *, ignore: Collection[str]) -> list[Difference]:
    """The differences, at most `MAX_DIFFERENCES`; none when it came out as expected."""
    paths = [pointers.split(each) for each in ignore]
    return list(islice(_in_whole(expected, actual, paths), MAX_DIFFERENCES))


def _in_whole(expected: Mapping[str, Any], actual: Mapping[str, Any], ignore: list[list[str]]) -> Iterator[Difference]:
    for name in ("status", "error"):
        if name in expected:
            yield from _below(expected[name], actual.get(name), [name], ignore)
    wanted, came = expected.get("actions") or {}, actual.get("actions") or {}
    for place, parts in wanted.items():
        at = ["actions", place]
        if place not in came:
            yield from _below({"status": parts.get("status")}, _ABSENT, at, ignore)
            continue
        for name, value in parts.items():
            yield from _below(value, came[place].get(name, _ABSENT), [*at, name], ignore)
    for place, parts in came.items():
        if wanted and place not in wanted and "would" in parts:
            yield from _below(_ABSENT, parts, ["actions", place], ignore)


def _below(expected: Any, actual: Any, at: list[str], ignore: list[list[str]]) -> Iterator[Difference]:
    if any(_is_under(at, path) for path in ignore):
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in {**expected, **actual}:
            yield from _below(expected.get(name, _ABSENT), actual.get(name, _ABSENT), [*at, str(name)], ignore)
    elif isinstance(expected, list) and isinstance(actual, list):
        for index in range(max(len(expected), len(actual))):
            before, now = (each[index] if index < len(each) else _ABSENT for each in (expected, actual))
            yield from _below(before, now, [*at, str(index)], ignore)
    elif isinstance(expected, bool) != isinstance(actual, bool) or expected != actual:  # true is no 1
        yield _difference(at, expected, actual)


def _difference(at: list[str], expected: Any, actual: Any) -> Difference:
    path = pointers.join("", *at)
    before, now = (None if each is _ABSENT else each for each in (expected, actual))
    if actual is _ABSENT:
        message = f"{path}: expected {_said(expected)}, and there is nothing."
    elif expected is _ABSENT:
        message = f"{path}: expected nothing, and there is {_said(actual)}."
    else:
        message = f"{path}: expected {_said(expected)}, and it is {_said(actual)}."
    return Difference(path, before, now, message)


def _is_under(at: list[str], ignored: list[str]) -> bool:
    """Whether a place is an ignored one, or below it."""
    return len(at) >= len(ignored) and all(name in {"*", own} for name, own in zip(ignored, at, strict=False))


def _said(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SAID else f"{text[:MAX_SAID]}…"
