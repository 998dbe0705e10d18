"""The jinja2 sandbox that allowed templates run in: no globals, no attributes, our filters, guarded operators.

The grammar (grammar.py) is the first wall, this is the second: every lookup goes through a `Scope`, so that templates
read exactly what conditions read, and never an attribute or a method of a Python object.
"""

from collections.abc import Callable
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from core.expressions import paths
from core.expressions.paths import MISSING
from core.expressions.scope import Scope
from core.expressions.templates import arithmetic, budget, text
from core.expressions.templates.errors import TemplateError
from core.expressions.templates.filters import FILTERS, Filter
from core.expressions.templates.filters.base import as_text

NAMES = "names"
_REQUIRED = "required "  # with a space, so that no template can name it
UNAVAILABLE = "\ue000"  # a delimiter nobody types: statements and comments are plain text to the lexer


class Names:
    """A scope as the compiled template sees it: one lookup per whole path, so that an error can name all of it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def lookup(self, path_text: str) -> Any:
        budget.check()
        value = self.scope.resolve(paths.parse(path_text))
        return MissingPath(name=path_text) if value is MISSING else value


class MissingPath(StrictUndefined):
    """What stands for a missing value: it passes through filters until `default` rescues it.

    Any other use raises jinja2's UndefinedError with the path, and nothing else, as its message.
    """

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return self._undefined_name or "?"


class Environment(ImmutableSandboxedEnvironment):
    """One environment for all templates of a kind; it keeps no state of any."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self) -> None:
        super().__init__(
            undefined=MissingPath,
            finalize=_written,
            optimized=False,  # constants are not computed at compile time, where no limit applies
            autoescape=False,
            keep_trailing_newline=True,
            block_start_string=UNAVAILABLE + "%",
            block_end_string="%" + UNAVAILABLE,
            comment_start_string=UNAVAILABLE + "#",
            comment_end_string="#" + UNAVAILABLE,
        )
        self.globals.clear()
        self.filters = {each.name: _guarded(each) for each in FILTERS} | {_REQUIRED: _present}
        self.tests = {
            "defined": lambda value: not isinstance(value, Undefined),
            "undefined": lambda value: isinstance(value, Undefined),
            "none": lambda value: value is None,
        }

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Names):
            return obj.lookup(argument)
        if isinstance(obj, Undefined):
            return obj
        value = paths.child(obj, argument)
        return MissingPath(name=f"(...).{argument}") if value is MISSING else value

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        for operand in (left, right):
            if isinstance(operand, Undefined):
                return operand
        return arithmetic.calculate(operator, left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        return self.call_binop(context, operator, 0, arg)

    def is_safe_callable(self, obj: Any) -> bool:
        return False


class HtmlEnvironment(Environment):
    """For HTML with expressions in it: whatever they give is escaped, once, and constants are no exception.

    What the filter `escape` gives is marked as escaped. The mark is lost where a filter makes other text of it, which
    escapes it twice at worst, and never not at all.
    """

    def __init__(self) -> None:
        super().__init__()
        self.finalize = _written_as_html
        self.filters["escape"] = _guarded(Filter(name="escape", apply=lambda value: escape(as_text(value))))


def _written(value: Any) -> str:
    return text.write(_present(value))


def _written_as_html(value: Any) -> str:
    written = _written(value)
    return str(written if isinstance(written, Markup) else escape(written))


def _guarded(each: Filter) -> Callable[..., Any]:
    """The filter as jinja2 calls it: errors carry its name, what is missing passes by unless the filter rescues it."""

    @pass_context
    def call(context: Context, value: Any, *arguments: Any, **options: Any) -> Any:
        budget.check()
        if isinstance(value, Undefined):
            if not each.rescues:
                return value
            value = MISSING
        if each.reads_today:
            options["today"] = context[NAMES].scope.names["today"]
        try:
            return each.apply(value, *(arguments if each.rescues else map(_present, arguments)), **options)
        except TemplateError as error:
            raise TemplateError(f"`{each.name}` {error.detail}") from None
        except (ArithmeticError, ValueError):
            raise TemplateError(f"`{each.name}` cannot work with such a value, it is out of range") from None

    return call


def _present(value: Any) -> Any:
    if isinstance(value, Undefined):
        str(value)  # raises, naming the path
    return value


def looked_up(path: paths.Path) -> nodes.Expr:
    """The syntax tree of reading one whole path from the scope."""
    return nodes.Getitem(nodes.Name(NAMES, "load"), nodes.Const(str(path)), "load")


def required(value: nodes.Expr) -> nodes.Expr:
    """The syntax tree of a value that has to be there, as in a list: what is missing must not hide inside."""
    return nodes.Filter(value, _REQUIRED, [], [], None, None)


ENVIRONMENT = Environment()
HTML_ENVIRONMENT = HtmlEnvironment()
