"""Why a template could not be rendered: the paths in it that led nowhere, each where it stands in the definition."""

from collections.abc import Iterator
from typing import Any

from core import pointers
from core.errors import Problem
from core.expressions import templates
from core.expressions.paths import MISSING
from core.expressions.scope import Scope
from workflows.definitions import outline
from workflows.definitions.outline import Outline

Json = dict[str, Any]

FROM_TEMPLATES = frozenset({"unknown_path", "template_failed", "too_much_output", "too_much_work", "invalid_template"})


def problems(whole: Outline, key: str, error: Json, scope: Scope) -> Iterator[Problem]:
    """What is wrong with the templates of an action that failed with `error`; nothing when it failed for another
    reason."""
    place = whole.by_key.get(key)
    if place is None or error.get("code") not in FROM_TEMPLATES:
        return
    found = False
    for reference in templates.references_in(_read(place.part), path=place.path):
        if not reference.is_optional and scope.resolve(reference.path) is MISSING:
            found = True
            yield Problem(reference.pointer, "unknown_path", f"There is nothing at `{reference.path}` in this test.")
    if not found:
        yield Problem(pointers.join(place.path, "params"), str(error["code"]), str(error.get("message") or ""))


def _read(part: Json) -> Json:
    """What of an action is rendered: not what its type reads as it is written, as the actions nested in it."""
    type_ = outline.type_of(part)
    written = type_.as_written if type_ else frozenset()
    params = {name: value for name, value in outline.params_of(part).items() if name not in written}
    return {"params": params, **{name: part[name] for name in ("for_each", "run_at") if name in part}}
