"""Compare two definitions in canonical form, which need not be valid.

1. Triggers and actions are the same where their ids are, wherever they stand; nested actions too.
2. Of those in both, each value that differs is one change: objects are compared by their keys, lists item by item where
   they are equally long, and as a whole where they are not.
3. An action moved when it stands in another container or list, or if others of its list, which are in both, come before
   it that did not. Of a list, as few as possible have moved.
4. An action that is gone and one that is new, and that are the same but for the id, are likely one that was renamed.

Compared the other way round, the same is found, the other way round.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from core import pointers
from core.redaction import REDACTED, Redactor
from workflows.definitions import outline
from workflows.definitions.diffing import changes
from workflows.definitions.diffing.changes import Change, Kind
from workflows.definitions.outline import Place

Json = dict[str, Any]
MISSING: Any = object()
_PARTS = frozenset({"triggers", "actions"})
Leaf = tuple[str, Any, Any]  # pointer, before, after


@dataclass(frozen=True, slots=True)
class _Part:
    """A trigger or an action: its id, where it stands, itself without nested actions, and the same without secrets.
    `home` is the list that it stands in, in words that do not depend on other actions' places."""

    key: str
    path: str
    part: Json
    shown: Json
    home: tuple[str, str] = ("", "")


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """All differences: of the workflow, of its triggers, of its actions in the order of the document."""
    return [*_of_workflow(before, after), *_of_triggers(before, after), *_of_actions(before, after)]


def _of_workflow(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old, new = ({key: each[key] for key in each if key not in _PARTS} for each in (before, after))
    pair = (_part("", "", old), _part("", "", new))
    yield from _changed(Kind.WORKFLOW_CHANGED, "the workflow", *pair)


def _of_triggers(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old, new = _triggers(before), _triggers(after)
    for key in _in_order(old, new):
        if key not in new:
            yield _one(Kind.TRIGGER_REMOVED, old[key], None, f"The trigger `{key}` was removed.")
        elif key not in old:
            yield _one(Kind.TRIGGER_ADDED, None, new[key], f"The trigger `{key}` was added: {_type(new[key])}.")
        else:
            yield from _changed(Kind.TRIGGER_CHANGED, f"the trigger `{key}`", old[key], new[key])


def _of_actions(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old, new = _actions(before), _actions(after)
    renamed = _renamed(old, new)
    moved = _moved(old, new)
    for key in _in_order(old, new):
        if key in renamed:
            now = new[renamed[key]]
            yield _one(Kind.ACTION_RENAMED, old[key], now, f"`{key}` is likely named `{now.key}` now.")
        elif key in renamed.values():
            continue
        elif key not in new:
            yield _one(Kind.ACTION_REMOVED, old[key], None, f"`{key}` was removed.")
        elif key not in old:
            yield _one(Kind.ACTION_ADDED, None, new[key], f"`{key}` was added: {_type(new[key])}.")
        else:
            if key in moved:
                yield _one(Kind.ACTION_MOVED, old[key], new[key], _where(old[key], new[key]), shows=False)
            yield from _changed(Kind.ACTION_CHANGED, f"`{key}`", old[key], new[key])


def _changed(kind: Kind, name: str, old: _Part, new: _Part) -> Iterator[Change]:
    for pointer, before, after in _leaves(old.part, new.part, ""):
        was, is_ = before is not MISSING, after is not MISSING
        shown = (_at(old.shown, pointer) if was else None, _at(new.shown, pointer) if is_ else None)
        what = f"{name[0].upper()}{name[1:]}: {'.'.join(pointers.split(pointer))}"
        yield Change(
            kind,
            new.key,
            pointer,
            old.path + pointer if was else None,
            new.path + pointer if is_ else None,
            *shown,
            changes.changed(what, *shown, was=was, is_=is_),
        )


def _one(kind: Kind, old: _Part | None, new: _Part | None, sentence: str, *, shows: bool = True) -> Change:
    part = new or old
    return Change(
        kind,
        part.key if part else "",
        "",
        old.path if old else None,
        new.path if new else None,
        old.shown if old and shows else None,
        new.shown if new and shows else None,
        sentence,
    )


def _leaves(before: Any, after: Any, pointer: str) -> Iterator[Leaf]:
    """(2) The values that differ, with where they stand."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            here = pointers.join(pointer, key)
            yield from _leaves(before.get(key, MISSING), after.get(key, MISSING), here)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from _leaves(*pair, pointers.join(pointer, index))
    elif not _same(before, after):
        yield pointer, before, after


def _same(before: Any, after: Any) -> bool:
    """Python says that true is 1."""
    return before is after or (isinstance(before, bool) is isinstance(after, bool) and bool(before == after))


def _at(shown: Any, pointer: str) -> Any:
    """The value without secrets; where all of what is above is hidden, so is this."""
    for token in pointers.split(pointer):
        if isinstance(shown, dict) and token in shown:
            shown = shown[token]
        elif isinstance(shown, list) and token.isdecimal() and int(token) < len(shown):
            shown = shown[int(token)]
        else:
            return REDACTED
    return shown


def _triggers(definition: Mapping[str, Any]) -> dict[str, _Part]:
    written = definition.get("triggers")
    found: dict[str, _Part] = {}
    for index, part in enumerate(written if isinstance(written, list) else ()):
        if isinstance(part, dict):
            key = part.get("id") if isinstance(part.get("id"), str) else f"/triggers/{index}"
            found.setdefault(str(key), _part(str(key), f"/triggers/{index}", part))
    return found


def _actions(definition: Mapping[str, Any]) -> dict[str, _Part]:
    """All actions by id, in the order of the document; one without an id, or with that of another, by where it is."""
    found: dict[str, _Part] = {}
    for place in outline.build(definition.get("actions")).places:
        key = place.key if place.key is not None and place.key not in found else place.path
        found[key] = _part(key, place.path, _without_bodies(place.part), home=_home(place))
    return found


def _part(key: str, path: str, part: Json, *, home: tuple[str, str] = ("", "")) -> _Part:
    return _Part(key, path, part, Redactor().clean(part), home)


def _without_bodies(part: Json) -> Json:
    bodies = outline.bodies_of(part)
    params = pointers.replaced(outline.params_of(part), {pointer: [] for pointer in bodies})
    return {**part, "params": params} if bodies else part


def _home(place: Place) -> tuple[str, str]:
    container = place.body.container
    if container is None:
        return "", ""
    within = place.path.removeprefix(f"{container.path}/params").rpartition("/")[0]
    return container.key or container.path, within


def _renamed(old: Mapping[str, _Part], new: Mapping[str, _Part]) -> dict[str, str]:
    """(4) By the old id; only where it is clear which became which."""
    gone = [each for key, each in old.items() if key not in new]
    came = [each for key, each in new.items() if key not in old]
    pairs = [(a.key, b.key) for a in gone for b in came if _is_same_but_for_id(a, b)]
    olds, news = [a for a, _ in pairs], [b for _, b in pairs]
    return {a: b for a, b in pairs if olds.count(a) == 1 and news.count(b) == 1}


def _is_same_but_for_id(old: _Part, new: _Part) -> bool:
    return old.home == new.home and not list(_leaves({**old.part, "id": ""}, {**new.part, "id": ""}, ""))


def _moved(old: Mapping[str, _Part], new: Mapping[str, _Part]) -> set[str]:
    """(3)"""
    common = [key for key in old if key in new]
    moved = {key for key in common if old[key].home != new[key].home}
    for home in {old[key].home for key in common}:
        was = [key for key in old if key in new and key not in moved and old[key].home == home]
        is_ = [key for key in new if key in old and key not in moved and new[key].home == home]
        moved |= set(was) - _kept(was, is_)
    return moved


def _kept(was: Sequence[str], is_: Sequence[str]) -> set[str]:
    """Those that kept their order. Which of two that changed places moved does not depend on which list came first."""
    first, second = sorted([list(was), list(is_)])
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    return {first[block.a + offset] for block in blocks for offset in range(block.size)}


def _where(old: _Part, new: _Part) -> str:
    if old.home == new.home:
        return f"`{new.key}` stands elsewhere in its list."
    return f"`{new.key}` stands {_in(new)} now; it stood {_in(old)}."


def _in(part: _Part) -> str:
    return f"in `{part.home[0]}`{part.home[1]}" if part.home[0] else "among the workflow's own actions"


def _type(part: _Part) -> str:
    return str(part.part.get("type", "without a type"))[:100]


def _in_order(old: Mapping[str, _Part], new: Mapping[str, _Part]) -> list[str]:
    """The new ones where they stand, those that are gone after them."""
    return [*new, *(key for key in old if key not in new)]
