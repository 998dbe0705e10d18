"""Bring together what two people made of one definition. Pure.

`base` is what both began with, `draft` what a person made of it, `template` what its author did.

1. What only one of them changed is as that one wants it; so is what both changed in the same way.
2. Objects are merged key by key, and lists of parts with ids (triggers, actions, nested ones too) part by part, so that
   an action that was moved, or one beside it that was removed, hides no change in it.
3. Everything else is one value: where both changed it, each in its own way, there is a conflict.
4. The order of parts is merged between those that all three have. An action needs the one before it by default, so what
   both put into one gap, or one added where the other removed, is a conflict.

Source: diff3, as in Khanna, Kunal and Pierce, A Formal Investigation of Diff3 (2007), over trees in the place of lines.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core import pointers

Json = dict[str, Any]
MISSING: Any = object()
Keys = list[str]


class Side(StrEnum):
    """Whose change is taken where both changed the same."""

    DRAFT = "draft"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place that both changed; what is absent is None. `path` is a JSON pointer in which parts of lists are named by
    their ids, as in `/actions/greet/params/text`: their numbers are not the same in all three."""

    path: str
    base: Any
    draft: Any
    template: Any
    sentence: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of it, and the conflicts: each was decided for the side that is preferred."""

    definition: Json
    conflicts: tuple[Conflict, ...]


def merge(
    base: Mapping[str, Any], *, draft: Mapping[str, Any], template: Mapping[str, Any], prefer: Side = Side.DRAFT
) -> Merged:
    """The draft with what became of the template since. None of the three is changed."""
    merging = _Merging(prefer)
    found = merging.value("", dict(base), dict(draft), dict(template))
    return Merged(found, tuple(merging.conflicts))


class _Merging:
    def __init__(self, prefer: Side) -> None:
        self.prefer = prefer
        self.conflicts: list[Conflict] = []

    def value(self, path: str, base: Any, draft: Any, template: Any) -> Any:
        """What stands at a place; `MISSING` for nothing."""
        if _same(base, template) or _same(draft, template):  # 1
            return draft
        if _same(base, draft):
            return template
        if all(isinstance(each, dict) for each in (base, draft, template)):  # 2
            return self._object(path, base, draft, template)
        if all(_is_parts(each) for each in (base, draft, template)):
            return self._parts(path, base, draft, template)
        return self._decided(path, base, draft, template)  # 3

    def _object(self, path: str, *sides: Json) -> Json:
        return dict(self._each(path, dict.fromkeys([*sides[1], *sides[2]]), sides))

    def _parts(self, path: str, *lists: Sequence[Json]) -> list[Json]:
        sides = [{part["id"]: part for part in each} for each in lists]
        base, draft, template = sides
        values = dict(self._each(path, dict.fromkeys([*base, *draft, *template]), sides))
        mine = _restored([*draft], [*template], [key for key in base if key in values])
        theirs = _restored([*template], [*draft], [key for key in base if key in values])
        return [values[key] for key in self._order(path, [*base], mine, theirs) if key in values]

    def _each(self, path: str, keys: Iterable[str], sides: Sequence[Json]) -> Iterator[tuple[str, Any]]:
        for key in keys:
            base, draft, template = (each.get(key, MISSING) for each in sides)
            found = self.value(pointers.join(path, key), base, draft, template)
            if found is not MISSING:
                yield key, found

    def _order(self, path: str, base: Keys, draft: Keys, template: Keys) -> Keys:
        """(4)"""
        if (found := _chosen(base, draft, template)) is not None:
            return found
        common = [key for key in base if key in draft and key in template]
        if any([key for key in each if key in common] != common for each in (draft, template)):
            return list(self._decided(path, base, draft, template, what="the order of the parts"))
        found = []
        for chunks in zip(*(_gaps(each, common) for each in (base, draft, template)), strict=True):
            part = _chosen(*chunks)
            found += self._decided(path, *chunks, what="what stands at one place") if part is None else part
        if len(set(found)) != len(found):  # both added it, each elsewhere
            return list(self._decided(path, base, draft, template, what="the order of the parts"))
        return found

    def _decided(self, path: str, base: Any, draft: Any, template: Any, *, what: str = "") -> Any:
        was, mine, theirs = (None if each is MISSING else each for each in (base, draft, template))
        self.conflicts.append(Conflict(path, was, mine, theirs, _sentence(path, base, draft, template, what)))
        return draft if self.prefer == Side.DRAFT else template


def _chosen(base: Keys, draft: Keys, template: Keys) -> Keys | None:
    """The order that (1) says; None where both changed it."""
    if template in (base, draft):
        return draft
    return template if draft == base else None


def _gaps(keys: Keys, common: Keys) -> list[Keys]:
    """What stands before, between and after the common ones, each of these at the end of its gap."""
    found: list[Keys] = [[]]
    for key in keys:
        found[-1].append(key)
        if key in common:
            found.append([])
    return found


def _restored(keys: Keys, others: Keys, stay: Keys) -> Keys:
    """The order of one side with the parts that it removed and that `stay` all the same, since the other one's change
    of them is preferred: each after the one that it follows there."""
    found = list(keys)
    for index, key in enumerate(others):
        if key in stay and key not in found:
            before = next((each for each in reversed(others[:index]) if each in found), None)
            found.insert(0 if before is None else found.index(before) + 1, key)
    return found


def _is_parts(value: Any) -> bool:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return False
    ids = [each.get("id") for each in value]
    return all(isinstance(each, str) for each in ids) and len(set(ids)) == len(ids)


def _same(one: Any, other: Any) -> bool:
    if one is MISSING or other is MISSING:
        return one is other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)  # by which true is no 1


def _sentence(path: str, base: Any, draft: Any, template: Any, what: str) -> str:
    name = f"{what} in {path}" if what else path or "the definition"
    if draft is MISSING:
        return f"{name} was removed in the workflow, and changed in the template."
    if template is MISSING:
        return f"{name} was removed in the template, and changed in the workflow."
    verb = "added" if base is MISSING else "changed"
    return f"{name[0].upper()}{name[1:]} was {verb} in the workflow and in the template, each in its own way."
