"""Templates in nested parameters: every string value that holds `{{` is one, keys never are."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from core import pointers
from core.errors import Problem
from core.expressions.templates import budget, template
from core.expressions.templates.errors import InvalidTemplateError, TemplateError
from core.expressions.templates.references import Reference

MAX_DEPTH = 64


def is_template(source: str) -> bool:
    """Whether the text holds an expression. For `{{` itself write `{{ "{{" }}`."""
    return "{{" in source


def has_templates(value: Any) -> bool:
    """Whether any string in the value is a template."""
    return any(True for _ in _templates(value, pointer=""))


def count(value: Any) -> int:
    """How many strings in the value are templates. Raises `TemplateError` for a value that is nested too deep."""
    return sum(1 for _ in _templates(value, pointer=""))


def count_characters(value: Any) -> int:
    """How many characters the expressions in the value have together, by which reading them takes time. Raises
    `TemplateError` for a value that is nested too deep.
    """
    sources = (source for _, source in _templates(value, pointer=""))
    return sum(len(part.partition("}}")[0]) for source in sources for part in source.split("{{")[1:])


def check_structure(value: Any, *, path: str) -> list[Problem]:
    """Every problem of every template in the value, with JSON pointers that begin with `path`."""
    try:
        return [
            problem
            for pointer, source in _templates(value, pointer=path)
            for problem in template.check(source, path=pointer)
        ]
    except TemplateError as error:
        return [Problem(path, "too_deep", error.detail)]


def references_in(value: Any, *, path: str = "") -> tuple[Reference, ...]:
    """The paths that the templates in the value read, each with the pointer of its string.

    Templates that do not compile are left out: `check_structure` reports them.
    """
    found: list[Reference] = []
    for pointer, source in _templates(value, pointer=path):
        try:
            read = template.compile(source).references()
        except InvalidTemplateError:
            continue
        found += [replace(reference, pointer=pointer) for reference in read]
    return tuple(found)


def render_structure(value: Any, scope: Any) -> Any:
    """A copy of the value with every template rendered. Raises `TemplateError`."""
    with budget.within():
        return _render(value, scope, depth=0)


def _render(value: Any, scope: Any, *, depth: int) -> Any:
    _refuse_deep(depth)
    if isinstance(value, str):
        return template.compile(value).render(scope) if is_template(value) else value
    if isinstance(value, dict):
        return {key: _render(inner, scope, depth=depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_render(inner, scope, depth=depth + 1) for inner in value]
    return value


def _templates(value: Any, *, pointer: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    _refuse_deep(depth)
    if isinstance(value, str):
        if is_template(value):
            yield pointer, value
        return
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    for key, inner in children:
        yield from _templates(inner, pointer=pointers.join(pointer, key), depth=depth + 1)


def _refuse_deep(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise TemplateError(f"The parameters are nested more than {MAX_DEPTH} levels deep.")
