"""A template as it was read. Pure values."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from workflows.definitions import shorthand
from workflows.services.templates import filling, parameter
from workflows.services.templates.parameter import Parameter

Json = dict[str, Any]
DIGEST_CHARACTERS = 16


@dataclass(frozen=True)
class Trial:
    """A test that a template brings: with these parameters and this event it comes to what is expected.

    `trigger`: the key of the one that the event is for, of a schedule or a webhook.
    """

    name: str
    event: Json
    trigger: str = ""
    parameters: Json = field(default_factory=dict)
    pins: Json = field(default_factory=dict)
    answers: Json = field(default_factory=dict)
    expected: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Template:
    """A definition to begin with. `slug` is the name of its file, `plugin` the one that brings it ("": Sequitur).

    `source` is the definition as it is written, with its places; it has the name and the description, too.
    """

    slug: str
    name: str
    description: str
    plugin: str
    source: Mapping[str, Any]
    category: str = ""
    tags: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()

    @cached_property
    def definition(self) -> Json:
        """In canonical form, with its places."""
        return shorthand.normalise(self.source)

    @cached_property
    def schema(self) -> Json:
        """The JSON Schema of its parameters."""
        return parameter.schema_of(self.parameters)

    @cached_property
    def digest(self) -> str:
        """Names what it makes of parameters: another one makes something else of the same. Its words for people are no
        part of it."""
        made = {key: each for key, each in self.definition.items() if key not in {"name", "description"}}
        text = json.dumps(made, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARACTERS]

    def filled(self, values: Mapping[str, Any]) -> Json:
        """The definition with these values in its places, in canonical form."""
        return shorthand.normalise(filling.fill(dict(self.source), values))
