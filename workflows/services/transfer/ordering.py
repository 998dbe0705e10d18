"""The order in which workflows are published: those that others start come before them. Pure."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from django.utils.text import slugify

from workflows.definitions import dependencies
from workflows.definitions.dependencies import Kind


def ordered(definitions: Sequence[Mapping[str, object]]) -> tuple[list[int], list[str]]:
    """The places of the definitions, those that are started first, and a sentence for every circle among them.

    Of a circle any order is as good as another: its workflows exist all before the first is published.
    """
    numbers = {key: number for number, each in reversed([*enumerate(definitions)]) for key in _keys(each)}
    needs = {number: _started(each, numbers) - {number} for number, each in enumerate(definitions)}
    circles: list[str] = []
    while True:
        try:
            return [*TopologicalSorter(needs).static_order()], circles
        except CycleError as error:
            circle: list[int] = error.args[1]
            circles.append(_told([str(definitions[number].get("name")) for number in circle]))
            needs[circle[1]] = needs[circle[1]] - {circle[0]}


def _keys(definition: Mapping[str, object]) -> list[str]:
    name = str(definition.get("name", "")).strip().lower()
    return [name, slugify(name)]


def _started(definition: Mapping[str, object], numbers: Mapping[str, int]) -> set[int]:
    names = [each.name.lower() for each in dependencies.of(definition) if each.kind is Kind.WORKFLOW]
    return {numbers[name] for name in names if name in numbers}


def _told(names: Sequence[str]) -> str:
    """The sentence; `names` begins and ends with the same, each being started by the one after it."""
    return f"These workflows start each other in a circle: {' -> '.join(reversed(names))}."
