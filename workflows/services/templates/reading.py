"""Read the file of a template: a workflow in YAML, or one with parameters, tests and what is said of it beside."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.text import slugify
from pydantic import BaseModel, ConfigDict, Field

from core import documents, schemas, validation
from core.errors import InvalidError, Problem
from workflows.services.templates import filling, parameter, values
from workflows.services.templates.parameter import NAME, Parameter, Written
from workflows.services.templates.template import Template, Trial

Json = dict[str, Any]
MAX_PARAMETERS = 50
MAX_TRIALS = 20


class WrittenEvent(BaseModel):
    """The event of a test."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(min_length=1, max_length=200)
    data: Json = Field(default_factory=dict)


class WrittenTrial(BaseModel):
    """A test of the template, which its file brings."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    parameters: Json = Field(default_factory=dict)
    event: WrittenEvent
    trigger: str = Field("", max_length=100)
    pins: Json = Field(default_factory=dict)
    answers: Json = Field(default_factory=dict)
    expected: Json = Field(min_length=1)


class WrittenTemplate(BaseModel):
    """The file of a template."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=2000)
    category: str = Field("", max_length=50, pattern="^[a-z][a-z-]*$|^$")
    tags: list[str] = Field([], max_length=20)
    parameters: dict[str, Written] = Field(default_factory=dict, max_length=MAX_PARAMETERS)
    definition: Json = Field(min_length=1)
    tests: list[WrittenTrial] = Field([], max_length=MAX_TRIALS)


def read(path: Path, *, plugin: str = "") -> Template:
    """The template in a file. Raises `InvalidError` with the file's name for what is none.

    Without `definition` the file is a workflow, as it may be sent to the API, and asks for nothing.
    """
    found = documents.parse_yaml(path.read_bytes(), max_bytes=settings.SEQUITUR_MAX_DEFINITION_BYTES)
    if not isinstance(found, dict) or not isinstance(found.get("name"), str) or not found["name"].strip():
        raise InvalidError(f"{path.name}: expected a workflow in YAML, with a name.")
    if "definition" not in found:
        description = found.get("description")
        told = description if isinstance(description, str) else ""
        return Template(slug_of(path), found["name"].strip(), told, plugin, found)
    try:
        return _made(validation.parse(WrittenTemplate, found), slug=slug_of(path), plugin=plugin)
    except InvalidError as error:
        told = "; ".join(f"{each.path}: {each.message}" for each in error.problems[:5])
        raise InvalidError(f"{path.name}: {told or error.detail}", problems=error.problems) from None


def slug_of(path: Path) -> str:
    """What a template is called in URLs."""
    return slugify(path.stem.replace("_", "-"))


def _made(written: WrittenTemplate, *, slug: str, plugin: str) -> Template:
    parameters = {name: parameter.made(name, each) for name, each in written.parameters.items()}
    if problems := [*_problems(written, parameters)]:
        raise InvalidError("The template is not valid.", problems=problems)
    words = {"name": written.name.strip(), "description": written.description}
    template = Template(
        slug=slug,
        plugin=plugin,
        category=written.category,
        tags=tuple(written.tags),
        parameters=parameters,
        source={**{key: each for key, each in words.items() if each}, **written.definition},
        trials=tuple(Trial(**each.model_dump()) for each in written.tests),
        **words,
    )
    for each in template.trials:
        values.checked(template, each.parameters)
    return template


def _problems(written: WrittenTemplate, parameters: Mapping[str, Parameter]) -> list[Problem]:
    named = [Problem(f"/definition/{key}", "invalid", f"{key} stands beside the definition.")
             for key in ("name", "description") if key in written.definition]  # fmt: skip
    wrong = [Problem(f"/parameters/{name}", "invalid", "A name is small letters, digits and _.")
             for name in parameters if not re.fullmatch(NAME, name)]  # fmt: skip
    defaults = {name: each.default for name, each in parameters.items() if each.default is not None}
    schema = schemas.compile_schema({**parameter.schema_of(parameters), "required": []}, path="/parameters")
    found = [*named, *wrong, *filling.check(written.definition, parameters)]
    return found or schema.problems(defaults, path="/parameters")
