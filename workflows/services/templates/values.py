"""Check the values that somebody gives for the parameters of a template, all at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from core import pointers, schemas, validation
from core.errors import InvalidError, Problem
from core.redaction import Redactor
from core.redaction.shortening import size_bytes
from triggers.engine import patterns
from triggers.engine.schedules import cron, moments
from workflows.services.templates.parameter import Kind, Parameter
from workflows.services.templates.template import Template

Json = dict[str, Any]
MAX_BYTES = 64 * 1024
_SHOWN = Redactor(only_values=False)


def checked(template: Template, given: Mapping[str, Any]) -> Json:
    """The value of every parameter, defaults included; null for an optional one without a value.

    Raises `InvalidError` with every problem, at `/parameters/{name}`. Null stands for what is not given.
    """
    said = {name: value for name, value in given.items() if value is not None}
    if problems := [*_problems(template, said)]:
        raise InvalidError("The parameters of the template are not valid.", problems=problems)
    return {name: said.get(name, each.default) for name, each in template.parameters.items()}


def with_defaults(template: Template) -> Json:
    """The values of what needs none: the defaults, and null for what is optional."""
    return {name: each.default for name, each in template.parameters.items() if not each.is_required}


def _problems(template: Template, said: Mapping[str, Any]) -> Iterator[Problem]:
    if size_bytes(said) > MAX_BYTES:
        yield Problem("/parameters", "too_large", f"All parameters together have at most {MAX_BYTES:,} bytes.")
        return
    known = template.parameters
    for name in said.keys() - known.keys():
        guess = validation.did_you_mean(name, known) or (f" There are {', '.join(known)}." if known else "")
        message = f"The template has no parameter {name[:64]!r}.{guess}"
        yield Problem(pointers.join("/parameters", name[:64]), "unknown_parameter", message)
    mine = {name: value for name, value in said.items() if name in known}
    found = schemas.compile_schema(template.schema).problems(mine, path="/parameters")
    yield from found
    reported = {pointers.split(each.path)[1] for each in found if each.path != "/parameters"}
    for name, value in mine.items():
        if name not in reported and (message := _wrong(known[name], value)):
            yield Problem(f"/parameters/{name}", "invalid", message)


def _wrong(known: Parameter, value: Any) -> str:
    """What a JSON Schema cannot say; empty when nothing is wrong."""
    texts = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
    if any("{{" in each or "}}" in each for each in texts):
        return "Values are put in as they are, and have no `{{` or `}}`: write templates in the draft."
    if any(_SHOWN.clean_text(each) != each for each in texts):
        return "This looks like a credential. Keep it as a secret of the workspace, or in a connection, and name that."
    match known.kind:
        case Kind.CRON:
            return cron.problem(value) or ""
        case Kind.TIMEZONE if value not in moments.zones():
            guess = validation.did_you_mean(value, moments.zones())
            return f"There is no time zone {value!r}; write a name like Europe/Amsterdam.{guess}"
        case Kind.EVENT_TYPE if not patterns.is_name(value):
            return "Expected the type of an event: names joined by dots, like lead.created."
    return ""
