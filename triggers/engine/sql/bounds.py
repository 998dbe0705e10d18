"""From when on events are asked for, where the statement says so: rows are found by when they were received.

The view cannot see the conditions of who reads it. Where the statement has one `events` and begins with
`received_at >= <something that no row decides>`, that is told to the view besides, and the index of ids, which sort by
time, is read from there on. The condition itself stays in the statement: a bound only leaves out what it would.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import postgast

COLUMN = "received_at"
_AND = 1  # AND_EXPR of BoolExprType
# Made of nothing else, an expression is the same for every row.
_STEADY = frozenset([
    "Node", "A_Const", "TypeCast", "TypeName", "String", "Integer", "Float", "Boolean", "SQLValueFunction", "A_Expr",
    "FuncCall", "List",
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bound:
    """The expression as SQL; or, when it is a parameter, the number of that."""

    sql: str
    parameter: int | None = None


def find(statement: Any, relations: Sequence[Any]) -> Bound | None:
    """The bound of the statement's only `events`, if the SELECT that reads it has one among its conditions."""
    [relation] = relations
    name = relation.alias.aliasname or relation.relname
    for select in _selects(statement):
        own = [each for each in select.from_clause if each.WhichOneof("node") == "range_var"]
        if any(each.range_var is relation or each.range_var == relation for each in own):
            found = (_bound(each, name) for each in _conjuncts(select.where_clause))
            return next((each for each in found if each is not None), None)
    return None


def _selects(node: Any) -> Iterator[Any]:
    if node.DESCRIPTOR.name == "SelectStmt":
        yield node
    for descriptor, value in node.ListFields():
        if descriptor.message_type is not None:
            for each in value if descriptor.is_repeated else (value,):
                yield from _selects(each)


def _conjuncts(node: Any) -> Iterator[Any]:
    if node.WhichOneof("node") == "bool_expr" and node.bool_expr.boolop == _AND:
        for each in node.bool_expr.args:
            yield from _conjuncts(each)
    elif node.WhichOneof("node") == "a_expr":
        yield node.a_expr


def _bound(expression: Any, name: str) -> Bound | None:
    """Of `received_at >= x`, `> x`, `= x`, `BETWEEN x AND y`: x."""
    if expression.lexpr.WhichOneof("node") != "column_ref":
        return None
    written = [each.string.sval for each in expression.lexpr.column_ref.fields]
    operator = expression.name[0].string.sval
    if written not in ([COLUMN], [name, COLUMN]) or operator not in {">=", ">", "=", "BETWEEN"}:
        return None
    value = expression.rexpr.list.items[0] if operator == "BETWEEN" else expression.rexpr
    if value.WhichOneof("node") == "param_ref":
        return Bound("$1", value.param_ref.number)
    return Bound(_written(value)) if _is_steady(value) else None


def _is_steady(node: Any) -> bool:
    if node.DESCRIPTOR.name not in _STEADY:
        return False
    children = (
        each
        for descriptor, value in node.ListFields()
        if descriptor.message_type is not None
        for each in (value if descriptor.is_repeated else (value,))
    )
    return all(_is_steady(each) for each in children)


def _written(value: Any) -> str:
    tree = postgast.ParseResult()
    target = tree.stmts.add().stmt.select_stmt.target_list.add().res_target
    target.val.CopyFrom(value)
    text = postgast.deparse(tree)
    return str(text).removeprefix("SELECT ")
