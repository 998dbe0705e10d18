"""One template: checked, compiled once, rendered many times."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import Undefined, UndefinedError, nodes

from core.errors import Problem
from core.expressions import paths
from core.expressions.scope import Scope
from core.expressions.templates import budget, grammar, references, text
from core.expressions.templates.environment import ENVIRONMENT, HTML_ENVIRONMENT, NAMES, Environment, Names
from core.expressions.templates.errors import InvalidTemplateError, TemplateError, TooMuchOutputError, UnknownPathError
from core.expressions.templates.output import plain
from core.expressions.templates.references import Reference

_RESULT = "result"


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A compiled template. Rendering keeps no state: any number of threads may share one."""

    source: str
    is_single: bool  # exactly one expression, whose value keeps its type
    _references: tuple[Reference, ...]
    _compiled: jinja2.Template = field(repr=False)

    def references(self) -> tuple[Reference, ...]:
        """The paths that are read."""
        return self._references

    def render(self, scope: Scope) -> Any:
        """The value: of any JSON type for exactly one expression, else text.

        Raises `UnknownPathError` with the whole path, and `TemplateError` for everything else that goes wrong.
        """
        try:
            with budget.within():
                context = self._compiled.new_context({NAMES: Names(scope)})
                pieces = self._compiled.root_render_func(context)
                return _value(pieces, context) if self.is_single else _text(pieces)
        except TemplateError as error:
            raise error.within(self.source) from None
        except UndefinedError as error:
            raise UnknownPathError(error.message or "?").within(self.source) from None
        except TypeError:
            raise TemplateError("values of these types cannot be compared").within(self.source) from None
        except Exception as error:
            raise TemplateError(f"it cannot be rendered ({type(error).__name__})").within(self.source) from error


def check(source: str, *, path: str = "", max_characters: int = grammar.MAX_SOURCE_CHARACTERS) -> list[Problem]:
    """Every problem of the template, each at the JSON pointer `path`."""
    try:
        pieces = grammar.parse(source, max_characters=max_characters)
    except grammar.UnreadableError as error:
        return [Problem(path, "invalid_template", str(error))]
    return [Problem(path, code, message) for code, message in _complaints(pieces)]


@lru_cache(maxsize=4096)
def compile(source: str) -> Template:  # noqa: A001  read as template.compile, like re.compile
    """The template of a source. Raises `InvalidTemplateError` with the problems that `check` finds."""
    problems = check(source)
    if problems:
        raise InvalidTemplateError(problems[0].message, problems=problems).within(source)
    pieces = grammar.parse(source)
    is_single = len(pieces) == 1 and not isinstance(pieces[0], nodes.TemplateData)
    read = references.collect(pieces)
    return Template(source, is_single, read, _compile(pieces, is_single=is_single))


def of_piece(piece: nodes.Node, source: str) -> Template:
    """The template of one expression of `source`, which was checked; it renders to text."""
    read = references.collect([piece])
    return Template(source, False, read, _compile([piece], is_single=False))


def check_html(source: str, *, path: str = "") -> list[Problem]:
    """Every problem of HTML with expressions in it, as `check` does; it may be longer."""
    return check(source, path=path, max_characters=grammar.MAX_HTML_CHARACTERS)


@lru_cache(maxsize=512)
def compile_html(source: str) -> Template:
    """The template of HTML with expressions in it: whatever they give is escaped, once, also after `| escape`.

    Raises `InvalidTemplateError` with the problems that `check_html` finds.
    """
    problems = check_html(source)
    if problems:
        raise InvalidTemplateError(problems[0].message, problems=problems).within(source)
    pieces = grammar.parse(source, max_characters=grammar.MAX_HTML_CHARACTERS)
    read = references.collect(pieces)
    compiled = _compile(pieces, is_single=False, environment=HTML_ENVIRONMENT)
    return Template(source, False, read, compiled)


def _complaints(pieces: list[nodes.Node]) -> Iterator[tuple[str, str]]:
    found = list(dict.fromkeys(grammar.complaints(pieces)))
    yield from found
    if not found:  # only a tree of allowed depth and shape can be walked for its paths
        yield from _unreadable_paths(pieces)


def _unreadable_paths(pieces: list[nodes.Node]) -> Iterator[tuple[str, str]]:
    for reference in references.collect(pieces):
        try:
            paths.parse(str(reference.path))
        except paths.InvalidPathError as error:
            yield error.code, error.detail


def _compile(pieces: list[nodes.Node], *, is_single: bool, environment: Environment = ENVIRONMENT) -> jinja2.Template:
    expressions: list[Any] = [references.read_from_scope(piece) for piece in pieces]
    body: nodes.Stmt
    if is_single:  # what jinja2's own compile_expression builds, from a tree instead of from text
        body = nodes.Assign(nodes.Name(_RESULT, "store"), expressions[0], lineno=1)
    else:
        body = nodes.Output(expressions, lineno=1)
    return environment.from_string(nodes.Template([body], lineno=1))


def _value(pieces: Iterator[str], context: jinja2.runtime.Context) -> Any:
    for _ in pieces:
        pass
    value = context.vars[_RESULT]
    if isinstance(value, Undefined):
        str(value)  # raises, naming the path
    return plain(value)


def _text(pieces: Iterator[str]) -> str:
    parts: list[str] = []
    size = 0
    for part in pieces:
        size += len(part)
        if size > text.MAX_CHARACTERS:
            raise TooMuchOutputError(f"more than {text.MAX_CHARACTERS:,} characters are rendered")
        parts.append(part)
    return "".join(parts)
