"""Let a checked statement see the events without those of some types, as if they were not there."""

from collections.abc import Sequence
from typing import Any

import postgast


def hide(statement: Any, schema: str, *, types: Sequence[str]) -> None:
    """Put `(SELECT * FROM <schema>.events WHERE type NOT IN (...))` in the place of each relation of the schema.

    PostgreSQL plans the same as with the condition beside the caller's own: such a subquery is pulled up.
    """
    listed = ", ".join("'" + each.replace("'", "''") + "'" for each in types)
    for node in [*_relations(statement, schema)]:
        relation = node.range_var
        name, alias = relation.relname, relation.alias
        text = f"SELECT * FROM {schema}.{name} WHERE type NOT IN ({listed})"  # noqa: S608  our own words
        inner = postgast.parse(text).stmts[0].stmt
        own = type(alias)()
        own.CopyFrom(alias)
        own.aliasname = own.aliasname or name
        node.Clear()
        node.range_subselect.subquery.CopyFrom(inner)
        node.range_subselect.alias.CopyFrom(own)


def _relations(node: Any, schema: str) -> Any:
    """The nodes that hold a relation of the schema."""
    for descriptor, value in node.ListFields():
        if descriptor.message_type is None:
            continue
        for each in value if descriptor.is_repeated else (value,):
            if each.DESCRIPTOR.name == "Node" and each.WhichOneof("node") == "range_var":
                if each.range_var.schemaname == schema:
                    yield each
            else:
                yield from _relations(each, schema)
