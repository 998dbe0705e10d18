"""Other names for what a definition names: `{"connections": {"crm-dev": "crm-prod"}}`.

1. What is written as a name by itself (a connection, a message template, ...) is replaced where it stands.
2. Secrets and variables are replaced in the expressions of templates, as `secrets.x` or `secrets["x"]`, and in the
   fields of conditions; text around the braces stays as it is.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from core import pointers
from core.expressions.paths import Path
from workflows.definitions import dependencies
from workflows.definitions.dependencies import Dependency, Kind

Json = dict[str, Any]
Name = Annotated[str, Field(min_length=1, max_length=220)]
Names = Annotated[dict[Name, Name], Field(max_length=500)]


class Mapped(BaseModel):
    """Names as they are written, each with the one that it becomes. What is not named stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connections: Names = Field(default_factory=dict, examples=[{"crm-dev": "crm-prod"}])
    secrets: Names = Field(default_factory=dict)
    variables: Names = Field(default_factory=dict)
    event_types: Names = Field(default_factory=dict)
    message_templates: Names = Field(default_factory=dict)
    connectors: Names = Field(default_factory=dict)
    patterns: Names = Field(default_factory=dict)
    workflows: Names = Field(default_factory=dict)

    def of(self, kind: Kind) -> Mapping[str, str]:
        """The names of one kind; empty for what cannot be mapped."""
        field = _FIELDS.get(kind)
        found: Mapping[str, str] = getattr(self, field) if field else {}
        return found


_FIELDS = {
    Kind.CONNECTION: "connections",
    Kind.SECRET: "secrets",
    Kind.VARIABLE: "variables",
    Kind.EVENT_TYPE: "event_types",
    Kind.MESSAGE_TEMPLATE: "message_templates",
    Kind.CONNECTOR: "connectors",
    Kind.PATTERN: "patterns",
    Kind.WORKFLOW: "workflows",
}
NOTHING = Mapped()


def apply(definition: Mapping[str, Any], names: Mapped) -> Json:
    """A definition in canonical form with other names, its own among them."""
    if names == NOTHING:
        return dict(definition)
    result = pointers.replaced(definition, dict(_named(definition, names)))
    own = result.get("name")
    if isinstance(own, str) and own in names.workflows:
        result = {**result, "name": names.workflows[own]}
    for path in {each.path for each in dependencies.of(result) if _is_within(each, names)}:
        text = _at(result, path)
        if isinstance(text, str):
            new = _in_field(text, names) if path.endswith("/field") and "{{" not in text else _in_text(text, names)
            result = pointers.replaced(result, {path: new})
    found: Json = result
    return found


def _named(definition: Mapping[str, Any], names: Mapped) -> Iterator[tuple[str, str]]:
    """(1) Every place that is a name, and what is to stand there; names of secrets that triggers write so, too."""
    for each in dependencies.of(definition):
        new = names.of(each.kind).get(each.name)
        if new is not None and _at(definition, each.path) == each.name:
            yield each.path, new


def _is_within(each: Dependency, names: Mapped) -> bool:
    return each.kind in {Kind.SECRET, Kind.VARIABLE} and each.name in names.of(each.kind)


def _at(document: Any, pointer: str) -> Any:
    for token in pointers.split(pointer):
        if isinstance(document, dict) and token in document:
            document = document[token]
        elif isinstance(document, list) and token.isdecimal() and int(token) < len(document):
            document = document[int(token)]
        else:
            return None
    return document


_EXPRESSION = re.compile(r"""\{\{(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^'"])*?\}\}""", re.DOTALL)
_READ = re.compile(
    r"""(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
    | (?<![\w.]) (?P<scope>secrets|vars) \s*
      (?: \.\s*(?P<plain>\w+) | \[\s*(?P<quote>['"])(?P<quoted>[^'"\\]*)(?P=quote)\s*\] )""",
    re.VERBOSE | re.DOTALL,
)


def _in_text(text: str, names: Mapped) -> str:
    """(2) In each expression of a template that is known to be one; text within its quotes is no name."""
    return _EXPRESSION.sub(lambda found: _READ.sub(_renamed(names), found[0]), text)


def _renamed(names: Mapped) -> Callable[[re.Match[str]], str]:
    def rename(found: re.Match[str]) -> str:
        if found["text"]:
            return found[0]
        old = found["plain"] or found["quoted"]
        new = names.of(dependencies.OF_SCOPE[found["scope"]]).get(old)
        return found[0] if new is None else _written(found["scope"], new)

    return rename


def _written(scope: str, name: str) -> str:
    is_plain = re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)
    return f"{scope}.{name}" if is_plain else f"{scope}[{json.dumps(name, ensure_ascii=False)}]"


def _in_field(text: str, names: Mapped) -> str:
    found = next(dependencies.fields_of({"field": text}, ""), None)
    if found is None:
        return text
    _, (scope, name, *rest), _ = found
    new = names.of(dependencies.OF_SCOPE[scope]).get(name, name)
    return str(Path((scope, new, *rest)))
