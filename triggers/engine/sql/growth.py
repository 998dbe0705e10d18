"""How large the texts may become that a statement makes of little: bounded before it is run.

PostgreSQL works out what no row decides while it plans, heeds no timeout meanwhile, and gives the memory back only
afterwards: a few names of a text that is joined with itself, level by level, are gigabytes. So an upper bound is
counted in the tree, in characters. It knows no scopes: a name that is no column of `events` is as large as the largest
value that any SELECT met so far gives.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from triggers.engine.sql import allowed

Node = Any

MAX_CHARACTERS = 20_000_000  # of all values of a row together: PostgreSQL needs some ten times that, and half a second
DATA = 10_000  # what is reckoned for `data`, of which most events have less
_COLUMNS = dict.fromkeys(allowed.COLUMNS, 255) | {"data": DATA}
_NUMERIC = 150_000  # digits of the longest `numeric`, which nine characters can say: 9e131071
_PER_CHARACTER = _NUMERIC // 9
_EXPONENT = re.compile(r"\d\.?[eE]\+?\d{3,}")
_FIGURES = """
    length char_length octet_length strpos position count row_number rank dense_rank ntile percent_rank cume_dist
    jsonb_typeof jsonb_array_length array_length cardinality starts_with extract date_part bool_and bool_or every
"""
_SHORT = frozenset(_FIGURES.split())
_COMPARISONS = frozenset(["=", "<>", "!=", "<", "<=", ">", ">=", "@>", "<@", "?", "?|", "?&", "~~", "~~*"])
_FIGURE = 32


@dataclass(frozen=True, slots=True)
class Size:
    """Of a value: its characters, and those of all that is made on the way to it."""

    own: int = 0
    work: int = 0


@dataclass
class Growth:
    """Counts one statement; `lengths`: what its parameters have, as `of_text` says."""

    lengths: Sequence[int]
    aliases: set[str] = field(default_factory=lambda: {"events"})
    given: set[str] = field(default_factory=set)
    value: Size = Size()
    row: Size = Size()

    def of(self, node: Node) -> Size:
        """An upper bound. What is read from comes before what is made of it."""
        kind = node.DESCRIPTOR.name
        if kind == "A_Const":
            return _plain(of_text(node.sval.sval or node.fval.fval))
        if kind == "ParamRef":
            return _plain(self.lengths[node.number - 1] if node.number <= len(self.lengths) else _FIGURE)
        if kind == "ColumnRef":
            return self._of_column(node)
        parts = [self.of(each) for each in _children(node)]
        found = Size(sum(each.own for each in parts), sum(each.work for each in parts))
        if kind in {"SelectStmt", "RangeFunction"}:
            self.row = _larger(self.row, found)
            if kind == "RangeFunction" or node.values_lists:  # whose columns are no targets
                self.value = _larger(self.value, found)
        elif kind in {"Alias", "CommonTableExpr"}:
            self.aliases.add(node.aliasname if kind == "Alias" else node.ctename)
            self.given.update(each.string.sval for each in (*getattr(node, "colnames", ()), *_columns(node)))
        elif kind == "ResTarget":
            self.given.add(node.name)
            self.value = _larger(self.value, found)
        elif kind in {"FuncCall", "A_Expr", "TypeCast"}:
            own = _MADE[kind](node, found, parts)
            return Size(own, found.work + own)
        return found

    def _of_column(self, node: Node) -> Size:
        last = node.fields[-1]
        name = "" if last.WhichOneof("node") == "a_star" else last.string.sval
        whole = sum(_COLUMNS.values())
        if not name or name in self.aliases:
            return _larger(self.row, _plain(whole))
        if name in _COLUMNS:
            base = _plain(_COLUMNS[name])
            return _larger(self.value, base) if name in self.given else base
        return self.value


def of_text(text: str) -> int:
    """The characters of a text, or of the numbers that it says in fewer."""
    return len(text) + _NUMERIC * len(_EXPONENT.findall(text))


def _plain(size: int) -> Size:
    return Size(size, size)


def _larger(one: Size, two: Size) -> Size:
    return Size(max(one.own, two.own), max(one.work, two.work))


def _of_call(node: Node, found: Size, parts: list[Size]) -> int:
    name = node.funcname[-1].string.sval
    sizes = [each.own for each in parts[len(node.funcname) :]]
    if name in _SHORT:
        return _FIGURE
    if name == "replace" and len(sizes) > 2:
        return sizes[0] * max(sizes[2], 1)
    if name == "array_to_string" and len(sizes) > 1:
        return sizes[0] * max(sum(sizes[1:]), 1)
    if name == "concat_ws" and sizes:
        return sizes[0] * len(sizes) + sum(sizes)
    return found.own * 8 if name == "to_char" else found.own


def _of_operation(node: Node, found: Size, parts: list[Size]) -> int:
    return _FIGURE if node.name[-1].string.sval in _COMPARISONS else found.own


def _of_cast(node: Node, found: Size, parts: list[Size]) -> int:
    name = node.type_name.names[-1].string.sval
    if name in {"bpchar", "varchar"}:  # char(n) is filled up to n
        return max(found.own, *(int(each.a_const.ival.ival) for each in node.type_name.typmods), 0)
    if name not in {"jsonb", "numeric"} or not any(_puts_together(each) for each in _all(node)):
        return found.own  # of a constant it was counted already, and of a column it is the event that is so long
    return found.own * _PER_CHARACTER if name == "jsonb" else max(found.own, _NUMERIC)


def _puts_together(node: Node) -> bool:
    if node.DESCRIPTOR.name == "A_Expr":
        return str(node.name[-1].string.sval) == "||"
    return node.DESCRIPTOR.name == "FuncCall" or (node.DESCRIPTOR.name == "ColumnRef" and _is_derived(node))


def _is_derived(node: Node) -> bool:
    last = node.fields[-1]
    return last.WhichOneof("node") == "a_star" or last.string.sval not in _COLUMNS


_MADE = {"FuncCall": _of_call, "A_Expr": _of_operation, "TypeCast": _of_cast}


def _columns(node: Node) -> Sequence[Node]:
    found: Sequence[Node] = getattr(node, "aliascolnames", ())
    return found


def _all(node: Node) -> Iterator[Node]:
    yield node
    for each in _children(node):
        yield from _all(each)


def _children(node: Node) -> Iterator[Node]:
    """WITH and FROM first."""
    fields = [each for each in node.ListFields() if each[0].message_type is not None]
    for descriptor, value in sorted(fields, key=lambda each: _ORDER.get(each[0].name, len(_ORDER))):
        yield from value if descriptor.is_repeated else (value,)


_ORDER = {"with_clause": 0, "from_clause": 1, "funcname": 2, "args": 3}
