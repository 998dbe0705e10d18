"""`client.workflows`: bring a workflow to what a file says."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from sequitur_client.binding import awaited_plan, planned
from sequitur_client.exchange import Plan, ask
from sequitur_client.generated import models as m
from sequitur_client.generated.resources import workflows as generated
from sequitur_client.paging import following

Definition: TypeAlias = str | os.PathLike[str] | Mapping[str, Any]
Change: TypeAlias = Literal["created", "updated", "unchanged"]
YAML = "application/yaml"


@dataclass(frozen=True, slots=True)
class Applied:
    """The workflow as it is now, and what was done about it."""

    workflow: m.WorkflowResponse
    change: Change
    is_published: bool


def applying(
    definition: Definition, *, name: str | None = None, publish: bool = False, reason: str = ""
) -> Plan[Applied]:
    """Create the workflow of this name, or make its draft what the definition says; nothing when it says so already.

    `definition`: a path of a YAML or JSON file, its text (of several lines, or beginning with `{`), or a mapping.
    `name`: how the workflow is called now, where the definition does not say it or renames it. `publish`: publish what
    is not published yet, with this `reason`.

    Raises `Changed` when somebody changed it at the same moment, and `ValueError` where no name can be found.
    """
    written: Any = definition if isinstance(definition, Mapping) else _text(definition)
    wanted = name or _name(written)
    found = yield from _found(wanted)
    before = None if found is None else (yield from ask(generated.workflows_retrieve(found.id)))
    if before is None:
        call = generated.workflows_create(definition={}, name=wanted)
    else:
        call = generated.workflows_update(before, definition={})
    body, media_type = written, YAML
    if isinstance(written, Mapping):
        body, media_type = {"definition": {"name": wanted, **written}}, "application/json"
    after = yield from ask(replace(call, body=body, media_type=media_type))
    change: Change = "created"
    if before is not None:
        change = "unchanged" if after.revision == before.revision else "updated"
    if not publish or not (after.has_unpublished_changes or after.active_version is None):
        return Applied(after, change, is_published=False)
    yield from ask(generated.workflows_publish(after, reason=reason))
    return Applied((yield from ask(generated.workflows_retrieve(after.id))), change, is_published=True)


def _found(name: str) -> Plan[m.WorkflowSummary | None]:
    call: Any = generated.workflows_list(limit=500)
    while call is not None:
        page: m.WorkflowPage = yield from ask(call)
        for row in page.results:
            if row.name == name:
                return row
        call = following(call, page)
    return None


def _text(definition: str | os.PathLike[str]) -> str:
    if isinstance(definition, str) and ("\n" in definition or definition.lstrip().startswith("{")):
        return definition
    return Path(definition).read_text(encoding="utf-8")


def _name(written: str | Mapping[str, Any]) -> str:
    found = (written if isinstance(written, Mapping) else _parsed(written)).get("name")
    if not isinstance(found, str) or not found.strip():
        raise ValueError("The definition does not say its name: pass name='...'.")
    return found.strip()


def _parsed(text: str) -> Mapping[str, Any]:
    """What the text says, to find its name; the server reads it by itself, with the types of JSON."""
    if text.lstrip().startswith("{"):
        found = json.loads(text)
    else:
        try:
            import yaml
        except ImportError:
            raise ValueError("Pass name='...', or install sequitur-client[yaml] to read it from the file.") from None
        try:
            found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  it makes texts, lists and dicts only
        except yaml.YAMLError as error:
            raise ValueError(f"The definition is not YAML: {error}") from None
    return found if isinstance(found, Mapping) else {}


class Workflows(generated.Workflows):
    """Workflows, and applying files."""

    apply = planned(applying)


class AsyncWorkflows(generated.AsyncWorkflows):
    """The same to be awaited."""

    apply = awaited_plan(applying)
