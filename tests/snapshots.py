"""What a change of the API's description breaks for those who call it."""

from collections.abc import Iterator
from typing import Any

from core.api import description

Schema = dict[str, Any]


def breaking(old: Schema, new: Schema) -> list[str]:
    """A line for everything that callers of the old description may miss in the new one; nothing for additions."""
    return [*_of_operations(old, new), *_of_shapes(old["components"]["schemas"], new["components"]["schemas"])]


def _of_operations(old: Schema, new: Schema) -> Iterator[str]:
    now = {(path, method): operation for path, operation, method in description.operations(new)}
    for path, operation, method in description.operations(old):
        name = f"{method.upper()} {path}"
        found = now.get((path, method))
        if found is None:
            yield f"{name} is gone"
            continue
        if found["operationId"] != operation["operationId"]:
            yield f"{name} is called {found['operationId']}, and was {operation['operationId']}"
        before, after = _parameters(operation), _parameters(found)
        yield from (f"{name} takes no {each} any more" for each in sorted(before.keys() - after.keys()))
        yield from (f"{name} needs {each}" for each, needed in after.items() if needed and not before.get(each))
        gone = {each for each in operation["responses"] if each < "3"} - found["responses"].keys()
        yield from (f"{name} is not answered with {each} any more" for each in sorted(gone))


def _parameters(operation: Schema) -> dict[str, bool]:
    return {each["name"]: bool(each.get("required")) for each in operation.get("parameters", ())}


def _of_shapes(old: Schema, new: Schema) -> Iterator[str]:
    for name, shape in old.items():
        now = new.get(name)
        if now is None:
            continue  # a name is nothing that callers see; where it was used, the operation has another
        gone = shape.get("properties", {}).keys() - now.get("properties", {}).keys()
        yield from (f"{name} has no {each} any more" for each in sorted(gone))
        needed = set(now.get("required", ())) - set(shape.get("required", ()))
        if name.endswith("Request"):
            yield from (f"{name} needs {each}" for each in sorted(needed))
