"""One operation of an OpenAPI document as one of a connector."""

import re
from collections.abc import Iterator
from typing import Any

from actions.connectors.checks import PLACEHOLDER
from actions.connectors.openapi import naming, schemas
from actions.connectors.openapi.references import Json, UnmappedError, mapping, resolved, text
from core.expressions.paths import Path

MAX_PARAMS = 100
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})  # Source: OpenAPI 3.1, Parameter Object
_SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
_STATUS = re.compile(r"2[0-9][0-9]")


class OneOperation:
    """Makes one operation; `told` gets what of it could not be said, though the rest can."""

    def __init__(self, spec: Json, item: Json, operation: Json, *, path: str, method: str) -> None:
        self.spec, self.item, self.operation = spec, item, operation
        self.path, self.method = path, method
        self.params: dict[str, Any] = {}
        self.idempotency_header: str | None = None
        self.told: list[str] = []

    def made(self, key: str) -> dict[str, Any]:
        """The operation of the connector. Raises `UnmappedError` when what is required cannot be said."""
        if "servers" in self.item or "servers" in self.operation:
            raise UnmappedError("it has a server of its own, and a connector has one for all")
        self._parameters()
        self._body()
        if len(self.params) > MAX_PARAMS:
            raise UnmappedError(f"it has {len(self.params)} parameters; at most {MAX_PARAMS} are accepted")
        summary = text(self.operation.get("summary"), at_most=100) or key.replace("_", " ").capitalize()
        found: dict[str, Any] = {"key": key, "title": summary, "method": self.method.upper(), "path": self.path}
        if described := text(self.operation.get("description"), at_most=500):
            found["description"] = described
        if self.idempotency_header:
            found["idempotency_header"] = self.idempotency_header
        statuses = [int(each) for each in mapping(self.operation.get("responses")) if _STATUS.fullmatch(str(each))]
        if statuses and len(statuses) <= 20:
            found["expected_status"] = statuses
        return {**found, "params": self.params}

    def _parameters(self) -> None:
        placed = {}
        for each in [*_listed(self.item.get("parameters")), *_listed(self.operation.get("parameters"))]:
            parameter = resolved(self.spec, each)
            placed[str(parameter.get("in")), str(parameter.get("name"))] = parameter
        for (place, name), parameter in placed.items():
            try:
                self._parameter(place, name, parameter)
            except UnmappedError as error:
                if parameter.get("required") is True:
                    raise UnmappedError(f"its parameter {text(name, at_most=60)!r} is required: {error}") from None
                self.told.append(f"parameter {text(name, at_most=60)!r}: {error}")
        for name in PLACEHOLDER.findall(self.path):
            if ("path", name) not in placed:
                self._add(name, {"in": "path", "required": True})

    def _parameter(self, place: str, name: str, parameter: Json) -> None:
        if place == "header" and name.lower() in _IGNORED_HEADERS:
            return
        if place == "header" and name.lower() == "idempotency-key":
            self.idempotency_header = name
            return
        if place not in {"path", "query", "header"}:
            raise UnmappedError(f"it goes into a {text(place, at_most=30)}")
        if "content" in parameter:
            raise UnmappedError("it is a document inside a parameter")
        shape = schemas.shape(self.spec, parameter.get("schema", {"type": "string"}))
        made = {**_flat(shape, place), "in": place}
        if made["type"] == "array":
            style = parameter.get("style", "form" if place == "query" else "simple")
            if place == "header":
                made["separator"] = ","
            elif style != "form" or parameter.get("explode", style == "form") is False:
                made["separator"] = _SEPARATORS.get(str(style), ",")
        if parameter.get("required") is True or place == "path":
            made["required"] = True
        if described := text(parameter.get("description"), at_most=schemas.DESCRIPTION_CHARACTERS):
            made["description"] = described
        self._add(name, made)

    def _body(self) -> None:
        if "requestBody" not in self.operation:
            return
        body = resolved(self.spec, self.operation["requestBody"])
        is_required = body.get("required") is True
        content = mapping(body.get("content"))
        json_type = next((each for each in content if _media_type(each).endswith(("/json", "+json"))), None)
        form = next((each for each in content if _media_type(each) == "application/x-www-form-urlencoded"), None)
        try:
            if self.method in {"get", "head"}:
                raise UnmappedError(f"a {self.method.upper()} has no body")  # noqa: TRY301  told below with the others
            if json_type is not None:
                self._fields(mapping(content[json_type]).get("schema", {}), "json", is_required=is_required)
            elif form is not None:
                self._fields(mapping(content[form]).get("schema", {}), "form", is_required=is_required)
            else:
                kinds = ", ".join(text(each, at_most=40) for each in content) or "nothing"
                raise UnmappedError(f"its body is of {kinds}")  # noqa: TRY301
        except UnmappedError as error:
            if is_required:
                raise
            self.told.append(f"body: {error}")

    def _fields(self, schema: Any, place: str, *, is_required: bool) -> None:
        """Each property of the body as a parameter, or the body as one."""
        found = schemas.merged(self.spec, schema)
        properties = {
            name: each for name, each in schemas.properties_of(found).items() if not _is_read_only(self.spec, each)
        }
        is_whole = any(name in found for name in ("oneOf", "anyOf")) or not properties
        if is_whole or len(properties) + len(self.params) > MAX_PARAMS or any(not 0 < len(n) < 100 for n in properties):
            if place == "form":
                raise UnmappedError("its form has no list of fields")
            whole = {**schemas.shape(self.spec, schema), "in": "body", "required": is_required}
            self._add("body", {"description": "The body of the request.", **whole}, wire=None)
            return
        required = schemas.required_names(found) if is_required else []
        for name, each in properties.items():
            shape = schemas.shape(self.spec, each)
            try:
                made = _flat(shape, place) if place == "form" else shape
            except UnmappedError as error:
                if name in required:
                    raise
                self.told.append(f"field {text(name, at_most=60)!r}: {error}")
                continue
            wire = str(Path((name,))) if place == "json" else name
            self._add(name, {**made, "in": place, **({"required": True} if name in required else {})}, wire=wire)

    def _add(self, name: str, param: dict[str, Any], *, wire: str | None = "") -> None:
        key = naming.name(name, taken={*self.params, "connection"}, fallback="param")
        wire = name if wire == "" else wire
        self.params[key] = {**param, **({"name": wire} if wire not in {None, key} else {})}


def tags(operation: Json) -> set[str]:
    """The tags of an operation."""
    return {each for each in _listed(operation.get("tags")) if isinstance(each, str)}


def operations(spec: Json) -> Iterator[tuple[str, str, Json, Json]]:
    """Every operation of the document: path, method, the path's object, the operation."""
    for path, item in mapping(spec.get("paths")).items():
        if not isinstance(path, str):
            continue
        try:
            found = resolved(spec, item)
        except UnmappedError:
            continue
        for method in METHODS:
            if isinstance(found.get(method), dict):
                yield path, method, found, found[method]


def _flat(shape: dict[str, Any], place: str) -> dict[str, Any]:
    """The shape, where no structure can stand. What may be anything is sent as text."""
    if shape["type"] == "any":
        return {**{name: each for name, each in shape.items() if name == "description"}, "type": "string"}
    if shape["type"] in _SCALARS:
        return shape
    item = shape.get("items", {}).get("type", "string")
    if shape["type"] == "array" and place != "path" and item in _SCALARS | {"any"}:
        return {**shape, "items": {"type": "string"} if item == "any" else shape.get("items", {"type": "string"})}
    raise UnmappedError(f"a value of type {shape['type']} cannot stand in a {place}")


def _is_read_only(spec: Json, schema: Any) -> bool:
    try:
        return resolved(spec, schema).get("readOnly") is True
    except UnmappedError:
        return False


def _media_type(text: str) -> str:
    return text.split(";", maxsplit=1)[0].strip().lower()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
