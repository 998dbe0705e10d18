"""What a template may be made of: the first wall, an allow-list over the syntax tree that jinja2 parses.

1. Text and `{{ expressions }}`; statements, comments, calls, loops and assignments do not exist.
2. Paths with constant steps, constants, lists and objects of them, filters that we have, comparisons, and / or / not,
   `a if b else c`, arithmetic, and the tests `is defined` and `is none`.
3. 16 kB of source, 500 nodes, 32 levels.
"""

import inspect
import math
from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from core import documents
from core.expressions.suggestions import did_you_mean
from core.expressions.templates.environment import ENVIRONMENT, UNAVAILABLE
from core.expressions.templates.filters import FILTERS

MAX_SOURCE_CHARACTERS = 16 * 1024
MAX_HTML_CHARACTERS = 64 * 1024  # of a whole message: most of it is no expression
MAX_NODES = 500
MAX_DEPTH = 32

Complaint = tuple[str, str]  # a stable code and a sentence

_ALLOWED = (
    nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const, nodes.List, nodes.Tuple,
    nodes.Dict, nodes.Pair, nodes.Filter, nodes.Keyword, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.CondExpr, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg,
)  # fmt: skip

_FORBIDDEN: dict[type[nodes.Node], str] = {
    nodes.Call: "Nothing can be called in a template; use a filter: `{{ name | upper }}`.",
    nodes.Concat: "`~` is not available; write the expressions one after the other: `{{ a }}{{ b }}`.",
    nodes.Pow: "`**` is not available.",
    nodes.Slice: "Slices are not available; use `first`, `last`, `truncate` or an index.",
}


class UnreadableError(Exception):
    """The source is not a template at all."""


def parse(source: str, *, max_characters: int = MAX_SOURCE_CHARACTERS) -> list[nodes.Node]:
    """The pieces of a template, in order: text (TemplateData) and expressions. Raises `UnreadableError`."""
    if len(source) > max_characters:
        raise UnreadableError(f"A template may have at most {max_characters:,} characters, this has {len(source):,}.")
    if UNAVAILABLE in source:
        raise UnreadableError("The character U+E000 cannot be used in a template.")
    try:
        body = ENVIRONMENT.parse(source).body
    except TemplateSyntaxError as error:
        raise UnreadableError(
            f"The template cannot be read (line {error.lineno}): {(error.message or '').rstrip('.')}."
        ) from None
    except (RecursionError, ValueError):  # ValueError: an integer of more than 4,300 digits
        raise UnreadableError(
            "The template cannot be read: it is nested too deeply or has too long a number."
        ) from None
    return [piece for output in body for piece in output.iter_child_nodes()]


def complaints(pieces: list[nodes.Node]) -> Iterator[Complaint]:
    """Everything in the pieces that is not allowed."""
    count = 0
    level = pieces
    for _ in range(MAX_DEPTH):
        for node in level:
            yield from _complaints_about(node)
        count += len(level)
        level = [child for node in level for child in node.iter_child_nodes()]
    if level:
        yield "too_deep", f"The expression is nested more than {MAX_DEPTH} levels deep."
    if count > MAX_NODES:
        yield "too_large", f"The template has {count:,} parts; at most {MAX_NODES} are accepted."


def _complaints_about(node: nodes.Node) -> Iterator[Complaint]:
    if not isinstance(node, _ALLOWED):
        known = _FORBIDDEN.get(type(node))
        yield "forbidden", known or f"`{type(node).__name__}` is not available in templates."
    elif type(node) in _CHECKS:
        yield from _CHECKS[type(node)](node)


def _check_text(node: Any) -> Iterator[Complaint]:
    if "{%" in node.data:
        yield "forbidden", 'Statements ({% ... %}) are not available; use `{{ a if b else c }}`. A literal: {{ "{%" }}.'


def _check_index(node: Any) -> Iterator[Complaint]:
    if isinstance(node.arg, nodes.Slice):
        return  # complained about on its own
    key = node.arg.value if isinstance(node.arg, nodes.Const) else None
    if isinstance(key, bool) or not isinstance(key, int | str) or (isinstance(key, int) and key < 0):
        yield (
            "forbidden",
            'In brackets stands an index from 0 or a quoted key: `a[0]`, `a["key"]`; for the end use `last`.',
        )


def _check_test(node: Any) -> Iterator[Complaint]:
    if node.name not in ENVIRONMENT.tests or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
        yield "forbidden", f"`is {node.name}` is not available; there are {', '.join(sorted(ENVIRONMENT.tests))}."


def _check_object(node: Any) -> Iterator[Complaint]:
    for pair in node.items:
        if not (isinstance(pair.key, nodes.Const) and isinstance(pair.key.value, str)):
            yield "forbidden", 'The keys of an object are quoted text: `{"key": value}`.'


def _check_filter(node: Any) -> Iterator[Complaint]:
    known = FILTERS.find(node.name)
    if known is None:
        hint = did_you_mean(node.name, FILTERS.keys())
        yield (
            "unknown_filter",
            f"There is no filter `{node.name}`{hint or '.'} There are {', '.join(sorted(FILTERS.keys()))}.",
        )
    elif node.node is None or node.dyn_args or node.dyn_kwargs:
        yield "forbidden", f"Write the arguments of `{node.name}` out."
    elif not _takes(known.apply, node, hidden=("today",) if known.reads_today else ()):
        yield "invalid_arguments", f"`{node.name}` does not take these arguments."


def _takes(apply: Callable[..., Any], node: Any, *, hidden: tuple[str, ...]) -> bool:
    options = {keyword.key: None for keyword in node.kwargs}
    if any(name in options for name in hidden):
        return False
    try:
        inspect.signature(apply).bind(None, *node.args, **options, **dict.fromkeys(hidden))
    except TypeError:
        return False
    return True


def _check_constant(node: Any) -> Iterator[Complaint]:
    if isinstance(node.value, float) and not math.isfinite(node.value):
        yield "forbidden", "The number is too large."
    elif isinstance(node.value, str) and documents.UNSTORABLE.search(node.value):
        yield "forbidden", "The text has a character that cannot be stored (NUL or half a surrogate pair)."


_CHECKS: dict[type[nodes.Node], Callable[[Any], Iterator[Complaint]]] = {
    nodes.Const: _check_constant,
    nodes.TemplateData: _check_text,
    nodes.Getitem: _check_index,
    nodes.Test: _check_test,
    nodes.Dict: _check_object,
    nodes.Filter: _check_filter,
}
