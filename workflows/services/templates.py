"""Workflow templates: definitions that plugins bring in `workflow_templates/*.yaml`, to be copied into a workspace."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.text import slugify

from core import documents, plugins, validation
from core.errors import InvalidError, NotFoundError
from workflows.definitions import shorthand
from workflows.models import Workflow
from workflows.services import workflows

Json = dict[str, Any]

FOLDER, PATTERN = "workflow_templates", "*.yaml"


@dataclass(frozen=True, slots=True)
class Template:
    """A definition to begin with. `slug` is the name of its file, `plugin` the one that brings it."""

    slug: str
    name: str
    description: str
    plugin: str
    definition: Mapping[str, Any]


def listed() -> list[Template]:
    """All templates, by plugin and file. Of two with one slug, that of the first plugin counts."""
    found: dict[str, Template] = {}
    for plugin in plugins.listed():
        for path in [] if plugin.reason else sorted((plugin.folder or Path()).glob(f"{FOLDER}/{PATTERN}")):
            found.setdefault(slug_of(path), read(path, plugin=plugin.name))
    return [*found.values()]


def find(slug: str) -> Template:
    """The template with this slug. Raises `NotFoundError`."""
    known = {each.slug: each for each in listed()}
    if slug not in known:
        raise NotFoundError(f"There is no template {slug[:64]!r}.{validation.did_you_mean(slug, known)}")
    return known[slug]


def fork(template: Template, *, name: str = "") -> Workflow:
    """A new draft in the workspace in scope that says what the template does; `name` is its own when it is not given.

    Raises as `workflows.create`: `InvalidError` for a name that cannot be, `ConflictError` for a taken one.
    """
    return workflows.create(template.definition, name=name)


def read(path: Path, *, plugin: str = "") -> Template:
    """The template in a file. Raises `InvalidError` for what is no definition with a name."""
    found = documents.parse_yaml(path.read_bytes(), max_bytes=settings.SEQUITUR_MAX_DEFINITION_BYTES)
    if not isinstance(found, dict) or not isinstance(found.get("name"), str) or not found["name"].strip():
        raise InvalidError(f"{path.name}: expected a workflow in YAML, with a name.")
    definition = shorthand.normalise(found)
    description = definition.get("description")
    return Template(
        slug=slug_of(path),
        name=found["name"].strip(),
        description=description if isinstance(description, str) else "",
        plugin=plugin,
        definition=definition,
    )


def slug_of(path: Path) -> str:
    """What a template is called in URLs."""
    return slugify(path.stem.replace("_", "-"))
