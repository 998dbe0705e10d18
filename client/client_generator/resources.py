"""The modules of resources: a function that builds the call of each operation, and two classes with its methods."""

from pathlib import Path

from client_generator.operations import Argument, Operation, kind_of
from client_generator.schemas import Schema, Types, union
from client_generator.words import class_name, docstring

BINDINGS = {
    "plain": ("called", "awaited"),
    "pages": ("paged", "awaited_pages"),
    "list": ("listed", "awaited_list"),
    "stream": ("streamed", "awaited_stream"),
}
PLAIN = {"TEXT": "str", "BYTES": "bytes"}
HEAD = '''"""`client.{name}`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal
from uuid import UUID

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Form, Named, Unset, filled, given
from sequitur_client.generated import models as m
'''


def module(name: str, operations: list[Operation], components: dict[str, Schema], types: Types) -> str:
    """The text of the module of one resource."""
    built = [_function(each, components, types) for each in operations]
    classes = []
    for place, prefix in enumerate(("", "Async")):
        lines = [f"class {prefix}{class_name(name)}(binding.{prefix}Resource):"]
        lines.append(docstring("Calls that are awaited." if prefix else f"What can be done with {name}."))
        kinds = [kind_of(each, components, types) for each in operations]
        lines += [
            f"    {each.verb} = binding.{BINDINGS[kind][place]}({each.name})"
            for each, kind in zip(operations, kinds, strict=True)
        ]
        classes.append("\n".join(lines))
    return HEAD.format(name=name) + "\n\n" + "\n\n\n".join([*built, *classes]) + "\n"


def index(names: list[str], helpers: Path) -> str:
    """The text of the module with all resources. What `helpers` extends is taken from there."""
    imports, plain, awaited = [], [], []
    for name in names:
        is_extended = (helpers / f"{name}.py").exists()
        where = "sequitur_client.helpers" if is_extended else "sequitur_client.generated.resources"
        imports.append(f"from {where}.{name} import Async{class_name(name)}, {class_name(name)}")
        plain.append(f"        self.{name} = {class_name(name)}(performer)")
        awaited.append(f"        self.{name} = Async{class_name(name)}(performer)")
    imports.append("from sequitur_client.performing import AsyncPerformer, Performer")
    head = '"""All resources. Written by `make client` from docs/openapi.json: do not edit."""'
    made = [
        f"class {prefix}Resources:\n{docstring(text)}\n\n"
        f"    def __init__(self, performer: {prefix}Performer) -> None:\n" + "\n".join(lines)
        for prefix, text, lines in (("", "What a client can do.", plain), ("Async", "The same, awaited.", awaited))
    ]
    return "\n\n".join([head, "\n".join(sorted(imports)), *made]) + "\n"


def _function(operation: Operation, components: dict[str, Schema], types: Types) -> str:
    answer = _answer(operation, types)
    arguments = [*_positional(operation), *_named(operation, types)]
    told = [f"{each.name}: {text}" for each in operation.arguments if (text := each.schema.get("description", ""))]
    return "\n".join(
        [
            f"def {operation.name}({', '.join(arguments)}) -> Call[{answer}]:",
            docstring(operation.text, more=told),
            f"    return Call({', '.join(_parts(operation, types))})",
        ]
    )


def _positional(operation: Operation) -> list[str]:
    return [f"{each.name}: Named" for each in operation.arguments if each.place == "path"]


def _named(operation: Operation, types: Types) -> list[str]:
    found = [_written(each, types) for each in operation.arguments if each.place != "path"]
    if operation.body is not None:
        kind = "bytes" if operation.body.get("type") == "bytes" else types.of(operation.body, is_answer=False)
        found.append(f"body: {kind}")
    if operation.has_if_match:
        found.append("if_match: str | None = None")
    if operation.is_keyed:
        found.append("idempotency_key: str | None = None")
    return ["*", *found] if found else []


def _written(each: Argument, types: Types) -> str:
    kind = types.of(each.schema, is_answer=False)
    if each.is_required:
        return f"{each.name}: {kind}"
    if each.place == "body":
        return f"{each.name}: {union([kind, 'Unset']) if kind != 'Any' else 'Any'} = UNSET"
    return f"{each.name}: {union([kind, 'None'])} = None"


def _parts(operation: Operation, types: Types) -> list[str]:
    of = {
        place: [each for each in operation.arguments if each.place == place]
        for place in ("path", "query", "header", "body")
    }
    names = "".join(f", {each.key}={each.name}" for each in of["path"])
    answers = ", ".join(f"{status}: {_type(schema, types)}" for status, schema in operation.answers.items())
    parts = [
        f"operation={operation.name!r}",
        f"method={operation.method!r}",
        f"path=filled({operation.path!r}{names})",
        f"answers={{{answers}}}",
    ]
    for place, keyword in (("query", "query"), ("header", "headers")):
        if of[place]:
            parts.append(f"{keyword}={_mapping(of[place])}")
    if of["body"]:
        parts.append(f"body=given({_mapping(of['body'])})")
    elif operation.body is not None:
        parts.append("body=body")
    if operation.media_type != "application/json":
        parts.append(f"media_type={operation.media_type!r}")
    if operation.form != "JSON":
        parts.append(f"form=Form.{operation.form}")
    if operation.is_keyed:
        parts.append("is_keyed=True, idempotency_key=idempotency_key")
    if operation.has_if_match:
        last = f"row={of['path'][-1].name}, " if of["path"] else ""
        parts.append(f"{last}if_match=if_match")
    return parts


def _mapping(arguments: list[Argument]) -> str:
    return "{" + ", ".join(f"{each.key!r}: {each.name}" for each in arguments) + "}"


def _type(schema: Schema | None, types: Types) -> str:
    return "None" if schema is None else types.of(schema, is_answer=True)


def _answer(operation: Operation, types: Types) -> str:
    if operation.form == "EVENTS":
        return "Iterator[binding.StreamEvent]"
    if operation.form == "LINES":
        return "Iterator[Any]"
    if operation.form in PLAIN:
        return PLAIN[operation.form]
    found = [_type(schema, types) for schema in operation.answers.values()]
    return union([*found, *(PLAIN[each] for each in operation.others)])
