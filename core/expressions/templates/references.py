"""The paths that a template reads, told from its syntax tree before anything is rendered."""

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes

from core.expressions.paths import Path
from core.expressions.templates.environment import looked_up, required


@dataclass(frozen=True, slots=True)
class Reference:
    """A path that is read; optional when `default` or `is defined` makes up for its absence.

    `pointer` is the JSON pointer of the string it stands in, "" for a template on its own; `filters` are the names of
    those that the value goes through.
    """

    path: Path
    is_optional: bool = False
    pointer: str = ""
    filters: frozenset[str] = frozenset()


def collect(pieces: list[nodes.Node]) -> tuple[Reference, ...]:
    """Each path once, in order of appearance; optional only when it is so everywhere, or is tested somewhere."""
    found = [reference for piece in pieces for reference in _walk(piece, is_guarded=False)]
    tested = {path for piece in pieces for path in _tested(piece)}
    needed = {reference.path for reference in found if not reference.is_optional} - tested
    filters: dict[Path, frozenset[str]] = {}
    for each in found:
        filters[each.path] = filters.get(each.path, frozenset()) | each.filters
    return tuple(Reference(path, is_optional=path not in needed, filters=used) for path, used in filters.items())


def path_of(node: nodes.Node) -> Path | None:
    """The path of a name followed by constant steps, None for any other node."""
    steps: list[str | int] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        if isinstance(node, nodes.Getattr):
            steps.append(node.attr)
        elif isinstance(node.arg, nodes.Const):
            steps.append(node.arg.value)
        else:
            return None
        node = node.node
    return Path((node.name, *reversed(steps))) if isinstance(node, nodes.Name) else None


def read_from_scope(node: nodes.Node) -> nodes.Node:
    """The tree with every path replaced by one lookup of the whole path, so that errors can name it."""
    path = path_of(node)
    if path is not None:
        return looked_up(path).set_lineno(node.lineno)
    for name, value in node.iter_fields():
        setattr(node, name, _replaced(value))
    if isinstance(node, nodes.CondExpr) and node.expr2 is None:
        node.expr2 = nodes.Const(None)  # without an `else` the value is null, not an error
    if isinstance(node, nodes.List | nodes.Tuple):
        node.items = [required(item) for item in node.items]
    if isinstance(node, nodes.Pair):
        node.value = required(node.value)
    return node


def _replaced(value: object) -> object:
    if isinstance(value, list):
        return [_replaced(each) for each in value]
    return read_from_scope(value) if isinstance(value, nodes.Node) else value


# Where what is missing passes through to a `default` further out; everywhere else its use is an error at once.
_PASSES: dict[type[nodes.Node], tuple[str, ...]] = {
    nodes.Filter: ("node",),
    nodes.Getattr: ("node",),
    nodes.Getitem: ("node",),
    nodes.Neg: ("node",),
    nodes.CondExpr: ("expr1", "expr2"),
    **dict.fromkeys((nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod), ("left", "right")),
}


def _walk(node: nodes.Node, *, is_guarded: bool, filters: frozenset[str] = frozenset()) -> Iterator[Reference]:
    path = path_of(node)
    if path is not None:
        yield Reference(path, is_optional=is_guarded, filters=filters)
        return
    if isinstance(node, nodes.Filter):
        filters |= {node.name}
    is_rescued = isinstance(node, nodes.Filter) and node.name == "default"
    passing = _PASSES.get(type(node), ())
    for name, value in node.iter_fields():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, nodes.Node):
                is_safe = name in passing and (is_guarded or is_rescued)
                yield from _walk(child, is_guarded=is_safe, filters=filters)


def _tested(node: nodes.Node) -> Iterator[Path]:
    for test in [node, *node.find_all(nodes.Test)]:
        if isinstance(test, nodes.Test) and test.name in {"defined", "undefined"}:
            path = path_of(test.node)
            if path is not None:
                yield path
