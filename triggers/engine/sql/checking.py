"""Read SQL with PostgreSQL's own grammar, let nothing pass but what `allowed` lists, and write it out anew.

Constraints, and the design that follows:

1. Text can be spelt in more ways than anybody lists (quotes, Unicode escapes, comments), so nothing is looked for in
   the text: the tree of PostgreSQL's parser has names as PostgreSQL will see them.
2. What nobody thought of has to be refused, so every kind of node, and every field of one, has to be on a list.
3. What is run has to be what was checked: the SQL is written out from the tree, in which `events` has been given the
   schema of the view, so no search path decides what it means.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import postgast
from google.protobuf.message import DecodeError

from core.documents import UNSTORABLE
from triggers.engine.sql import allowed, bounds, growth, hiding
from triggers.engine.sql.errors import InvalidSqlError

Node = Any  # a message of the tree: its classes are made while postgast is imported

RELATION = "events"
SCHEMA = "sequitur_queries"
OURS = "sequitur"  # no name of theirs begins so


@dataclass(frozen=True, slots=True)
class Checked:
    """`sql` may be run. `since`: an expression of SQL without columns, from which on its events were received."""

    sql: str
    parameters: int
    since: bounds.Bound | None


@dataclass(slots=True)
class _Seen:
    """What was met on the way through the tree; `names` are those that the statement gives to columns."""

    sql: str
    ctes: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=lambda: set(allowed.COLUMNS) | {"key", "value", "ordinality"})
    columns: list[Node] = field(default_factory=list)
    relations: list[Node] = field(default_factory=list)
    parameters: set[int] = field(default_factory=set)
    nodes: int = 0

    def refuse(self, message: str, node: Any = None, code: str = "not_allowed") -> InvalidSqlError:
        at = getattr(node, "location", None)
        # A location counts bytes.
        place = None if at is None or at < 0 else len(self.sql.encode()[:at].decode(errors="ignore"))
        return InvalidSqlError(code, message, sql=self.sql, at=place)


def check(sql: str, values: Sequence[object] = (), *, hidden: Sequence[str] = ()) -> Checked:
    """The same statement, safe to be wrapped and run with these values; events of the types that are `hidden` are not
    there for it. Raises `InvalidSqlError` with what is refused, and where."""
    statement = _parsed(sql)
    seen = _Seen(sql)
    _collect_names(statement, seen)
    _walk(statement, seen, depth=0)
    for column in seen.columns:
        _check_column(column, seen)
    _check_growth(statement, values, seen)
    own = [each for each in seen.relations if _relname(each) not in seen.ctes]
    since = bounds.find(statement, own) if len(own) == 1 else None
    for relation in own:
        relation.schemaname = SCHEMA
    wanted = max(seen.parameters, default=0)
    if seen.parameters != {*range(1, wanted + 1)}:
        raise seen.refuse(f"Parameters are numbered from $1 on without gaps; ${wanted} is the last here.")
    if hidden:
        hiding.hide(statement, SCHEMA, types=hidden)
    return Checked(postgast.deparse(_as_tree(statement)), wanted, since)


def _parsed(sql: str) -> Any:
    """The one SELECT of a text."""
    if len(sql) > allowed.MAX_SQL_CHARACTERS:
        text = f"The SQL has {len(sql):,} characters; at most {allowed.MAX_SQL_CHARACTERS:,} are read."
        raise InvalidSqlError("too_long", text)
    if UNSTORABLE.search(sql):
        raise InvalidSqlError("syntax_error", "A NUL character, or half of a surrogate pair, cannot stand in SQL.")
    try:
        statements = postgast.parse(sql).stmts
    except postgast.PgQueryError as error:
        at = error.cursorpos - 1 if error.cursorpos else None
        raise InvalidSqlError("syntax_error", f"{error.message}.", sql=sql, at=at) from None
    except (DecodeError, RecursionError):
        raise InvalidSqlError("too_deep", "It is nested too deeply: at most some 20 levels are read.") from None
    if len(statements) != 1:
        raise InvalidSqlError("not_allowed", f"Send exactly one statement; this is {len(statements)}.")
    kind = statements[0].stmt.WhichOneof("node")
    if kind != "select_stmt":
        word = kind.removesuffix("_stmt").replace("_", " ").upper()
        raise InvalidSqlError("not_allowed", f"Only SELECT may be sent, and this is {word}.")
    return statements[0].stmt.select_stmt


def _collect_names(statement: Node, seen: _Seen) -> None:
    """The names of WITH, and those that columns are given, wherever they are given."""
    stack = [statement]
    while stack:
        node = stack.pop()
        kind = node.DESCRIPTOR.name
        if kind == "CommonTableExpr":
            seen.ctes.add(node.ctename)
            seen.names.update(_texts(node.aliascolnames))
        elif kind == "ResTarget" and node.name:
            seen.names.add(node.name)
        elif kind == "Alias":
            seen.names.update(_texts(node.colnames))
        elif kind == "FuncCall":
            seen.names.update(_texts(node.funcname) & allowed.FUNCTIONS)
        stack.extend(child for _, child in _children(node))
    if RELATION in seen.ctes:
        raise seen.refuse(f"A name of WITH may not be {RELATION!r}.")


def _walk(node: Node, seen: _Seen, *, depth: int) -> None:
    seen.nodes += 1
    if depth > allowed.MAX_DEPTH:
        raise seen.refuse("It is nested too deeply: at most some 20 levels are read.", node, "too_deep")
    if seen.nodes > allowed.MAX_NODES:
        raise seen.refuse(f"It has more than {allowed.MAX_NODES:,} parts.", node, "too_long")
    kind = node.DESCRIPTOR.name
    if kind != "Node":
        fields = allowed.NODES.get(kind)
        if fields is None:
            raise seen.refuse(f"{_spoken(kind)} is not allowed here.", node)
        for descriptor, _ in node.ListFields():
            if descriptor.name not in fields:
                raise seen.refuse(f"{_spoken(descriptor.name)} of {_spoken(kind)} is not allowed here.", node)
        if check_node := _CHECKS.get(kind):
            check_node(node, seen)
    for child in _inside(node):
        _walk(child, seen, depth=depth + 1)


def _check_growth(statement: Node, values: Sequence[object], seen: _Seen) -> None:
    found = growth.Growth([growth.of_text(str(each)) for each in values]).of(statement)
    if found.work > growth.MAX_CHARACTERS:
        message = (
            f"Its values could grow to {found.work:,} characters, and those of a row have at most "
            f"{growth.MAX_CHARACTERS:,} together: repeat, join or replace less."
        )
        raise seen.refuse(message, code="too_large")


def _inside(node: Any) -> Iterator[Node]:
    """What is walked below a node: of a function in FROM, which was checked by itself, the arguments."""
    if node.DESCRIPTOR.name != "RangeFunction":
        yield from (child for _, child in _children(node))
        return
    yield from node.functions[0].list.items[0].func_call.args
    yield node.alias


def _check_relation(node: Node, seen: _Seen) -> None:
    seen.relations.append(node)
    if len(seen.relations) > allowed.MAX_RELATIONS:
        raise seen.refuse(f"At most {allowed.MAX_RELATIONS} relations may be joined.", node)
    if node.relname != RELATION and node.relname not in seen.ctes:
        raise seen.refuse(f"There is no relation {node.relname!r}; there is {RELATION!r}.", node, "unknown_relation")
    if not node.inh:
        raise seen.refuse("ONLY is not allowed here.", node)


def _check_function(node: Node, seen: _Seen) -> None:
    if _builtin(node.funcname) not in allowed.FUNCTIONS:
        raise _unknown_function(node, seen)


def _check_row_function(node: Node, seen: _Seen) -> None:
    """Of `FROM f(...)`: a list of one pair, the call and an empty list of columns. Its arguments are walked later."""
    call = node.functions[0].list.items[0].func_call
    if len(node.functions) != 1 or {each.name for each, _ in call.ListFields()} - allowed.ROW_CALL:
        raise seen.refuse("Only one function that gives rows may stand here.", call)
    if any(each.list.items for each in node.functions[0].list.items[1:]):
        raise seen.refuse("A list of columns with their types is not allowed here.", call)
    if _builtin(call.funcname) not in allowed.ROWS:
        raise _unknown_function(call, seen)


def _unknown_function(node: Node, seen: _Seen) -> InvalidSqlError:
    written = ".".join(_listed(node.funcname))
    return seen.refuse(f"The function {written!r} is not allowed here.", node, "unknown_function")


def _check_operator(node: Node, seen: _Seen) -> None:
    kind = type(node).DESCRIPTOR.fields_by_name["kind"].enum_type.values_by_number[node.kind].name
    if kind.removeprefix("AEXPR_") not in allowed.KINDS_OF_OPERATION:
        raise seen.refuse(f"{_spoken(kind.removeprefix('AEXPR_').lower())} is not allowed here.", node)
    _check_operator_name(node.name, node, seen)


def _check_operator_name(names: Any, node: Node, seen: _Seen) -> None:
    written = _listed(names)
    if len(written) > 1 or any(each not in allowed.OPERATORS for each in written):
        raise seen.refuse(f"The operator {'.'.join(written)!r} is not allowed here.", node, "unknown_operator")


def _check_sublink(node: Node, seen: _Seen) -> None:
    _check_operator_name(node.oper_name, node, seen)


def _check_type(node: Node, seen: _Seen) -> None:
    if _builtin(node.names) not in allowed.TYPES:
        written = ".".join(_listed(node.names))
        raise seen.refuse(f"The type {written!r} is not allowed here.", node, "unknown_type")


def _check_value_function(node: Node, seen: _Seen) -> None:
    name = type(node).DESCRIPTOR.fields_by_name["op"].enum_type.values_by_number[node.op].name
    word = name.removeprefix("SVFOP_")
    if word not in allowed.INSTANTS_OF_NOW:
        raise seen.refuse(f"{word} is not allowed here.", node, "unknown_function")


def _check_parameter(node: Node, seen: _Seen) -> None:
    if not 1 <= node.number <= allowed.MAX_PARAMETERS:
        raise seen.refuse(f"Parameters are $1 to ${allowed.MAX_PARAMETERS}.", node)
    seen.parameters.add(node.number)


def _check_indirection(node: Node, seen: _Seen) -> None:
    """`(x).f` may call a function f; `x[1]` may not."""
    if any(each.WhichOneof("node") != "a_indices" for each in node.indirection):
        raise seen.refuse("Only [...] may follow a value; of a record, name the columns.", node.arg)


def _check_name(node: Node, seen: _Seen) -> None:
    for name in (getattr(node, each, "") for each in ("name", "aliasname", "ctename")):
        if isinstance(name, str) and name.lower().startswith(OURS):
            raise seen.refuse(f"Names that begin with {OURS!r} are ours.", node)


def _check_column_later(node: Node, seen: _Seen) -> None:
    seen.columns.append(node)


def _check_column(node: Node, seen: _Seen) -> None:
    """`e.f` calls the function f where the row e has no such column, so f has to be a name of the statement."""
    last = node.fields[-1]
    is_known = last.WhichOneof("node") == "a_star" or last.string.sval in seen.names
    if len(node.fields) > 2 or (len(node.fields) == 2 and not is_known):
        message = f"There is no column {'.'.join(_listed(node.fields))!r}; there are {', '.join(allowed.COLUMNS)}."
        raise seen.refuse(message, node, "unknown_column")


_CHECKS: dict[str, Any] = {
    "RangeVar": _check_relation,
    "RangeFunction": _check_row_function,
    "FuncCall": _check_function,
    "A_Expr": _check_operator,
    "SubLink": _check_sublink,
    "TypeName": _check_type,
    "SQLValueFunction": _check_value_function,
    "ParamRef": _check_parameter,
    "A_Indirection": _check_indirection,
    "ColumnRef": _check_column_later,
    "ResTarget": _check_name,
    "Alias": _check_name,
    "CommonTableExpr": _check_name,
    "WindowDef": _check_name,
}


def _children(node: Node) -> Iterator[tuple[str, Node]]:
    for descriptor, value in node.ListFields():
        if descriptor.message_type is None:
            continue
        for each in value if descriptor.is_repeated else (value,):
            yield descriptor.name, each


def _builtin(names: Any) -> str:
    """The name, if it is one word, or of pg_catalog, as PostgreSQL's grammar writes EXTRACT and the like."""
    written = _listed(names)
    return written[-1] if len(written) == 1 or (len(written) == 2 and written[0] == "pg_catalog") else ""


def _listed(nodes: Any) -> list[str]:
    return [each.string.sval if each.WhichOneof("node") == "string" else "*" for each in nodes]


def _texts(nodes: Any) -> set[str]:
    return {*_listed(nodes)}


def _relname(node: Any) -> str:
    return str(node.relname)


def _spoken(name: str) -> str:
    """`LockingClause` and `into_clause` as words."""
    spaced = "".join(f" {each}" if each.isupper() else each for each in name.replace("_", " "))
    return " ".join(spaced.split()).lower()


def _as_tree(statement: Any) -> Any:
    tree = postgast.ParseResult()
    tree.stmts.add().stmt.select_stmt.CopyFrom(statement)
    return tree
