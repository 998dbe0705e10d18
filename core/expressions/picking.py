"""JMESPath (jmespath.org) over data of strangers, by expressions of strangers, within walls.

A line such as `[@, @] | [@, @] | ...` shares what it repeats, so it costs nothing until somebody writes it out or
compares it; `[@, @][] | ...` and `join('', [@, @]) | ...` double a real list and a real text each time. So every value
that an expression makes is weighed as if it were written out, at the moment it is made, and the work is counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from jmespath import exceptions, functions, parser, visitor

from core.errors import InvalidError
from core.expressions import depth

MAX_CHARACTERS = 4000
MAX_NODES = 500
MAX_LEVELS = 50  # of the expression as it was parsed; each takes some frames of the interpreter
MAX_DATA_LEVELS = 64
MAX_WEIGHT = 200_000  # values in any value that an expression makes, all written out; text counts by its length
MAX_WORK = 2_000_000  # weights of what is compared, sorted, joined or copied, added up: about half a second
_CHARACTERS = 16  # of text weigh as much as one value
_MOVES = frozenset({"comparator", "flatten", "slice"})


class InvalidQueryError(InvalidError):
    """The JMESPath expression is not valid."""

    code = "invalid_jmespath"


class CannotPickError(Exception):
    """The expression has no answer for this data; the text says why."""


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled expression. Any number of threads may share one."""

    text: str
    _tree: dict[str, Any] = field(repr=False)

    def apply(self, data: Any) -> Any:
        """What it picks of any JSON data. Raises `CannotPickError`; within a few seconds whatever it says."""
        if depth.exceeds(data, levels=MAX_DATA_LEVELS):
            raise CannotPickError(f"the data is nested more than {MAX_DATA_LEVELS} levels deep")
        bounded = _Bounded()
        try:
            found = bounded.visit(self._tree, data)
        except exceptions.JMESPathError as error:
            raise CannotPickError(_reason(error)) from None
        except (ArithmeticError, ValueError, TypeError, RecursionError) as error:
            raise CannotPickError(f"it fails with this data: {str(error)[:200]}") from None
        if isinstance(found, visitor._Expression):  # noqa: SLF001  `&name` alone is an expression, not a value
            raise CannotPickError("it gives an expression (&...), not a value")
        if depth.exceeds(found, levels=MAX_DATA_LEVELS):
            raise CannotPickError(f"its result is nested more than {MAX_DATA_LEVELS} levels deep")
        return found


def compile(text: str) -> Query:  # noqa: A001  read as picking.compile, like re.compile
    """The compiled expression. Raises `InvalidQueryError`, whose text says where it ends to make sense."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidQueryError(f"A JMESPath expression has at most {MAX_CHARACTERS:,} characters.")
    try:
        tree: dict[str, Any] = parser.Parser().parse(text).parsed
    except RecursionError:
        _refuse_deep()
    except (exceptions.JMESPathError, ValueError) as error:
        raise InvalidQueryError(f"This is no JMESPath expression: {_reason(error)}.") from None
    _check_extent(tree)
    return Query(text, tree)


def _check_extent(tree: dict[str, Any]) -> None:
    waiting, nodes = [(tree, 1)], 0
    while waiting:
        node, level = waiting.pop()
        nodes += 1
        if level > MAX_LEVELS:
            _refuse_deep()
        if nodes > MAX_NODES:
            raise InvalidQueryError(f"A JMESPath expression has at most {MAX_NODES} parts.")
        waiting += [(child, level + 1) for child in node.get("children", ()) if isinstance(child, dict)]
        if node["type"] == "literal" and depth.exceeds(node["value"], levels=MAX_DATA_LEVELS):
            _refuse_deep()
        if node["type"] == "function_expression" and node["value"] not in functions.Functions.FUNCTION_TABLE:
            raise InvalidQueryError(f"JMESPath has no function {node['value'][:40]!r}.")


def _refuse_deep() -> NoReturn:
    raise InvalidQueryError(f"A JMESPath expression is nested at most {MAX_LEVELS} levels deep.")


class _Functions(functions.Functions):  # type: ignore[misc]  # jmespath has no types
    """The functions of JMESPath; a join is measured before it is made, for its glue is repeated."""

    def __init__(self, bounded: "_Bounded") -> None:
        self._bounded = bounded

    def call_function(self, function_name: str, resolved_args: list[Any]) -> Any:
        self._bounded.charge(sum(map(self._bounded.weigh, resolved_args)))
        return super().call_function(function_name, resolved_args)

    @functions.signature({"types": ["string"]}, {"types": ["array-string"]})  # type: ignore[untyped-decorator]  # as above
    def _func_join(self, glue: str, parts: list[str]) -> str:
        if len(glue) * len(parts) + sum(map(len, parts)) > MAX_WEIGHT * _CHARACTERS:
            _refuse_heavy()
        return glue.join(parts)


class _Bounded(visitor.TreeInterpreter):  # type: ignore[misc]  # jmespath has no types
    """Evaluates one expression once; weighs each value that it comes across."""

    def __init__(self) -> None:
        super().__init__(visitor.Options(custom_functions=_Functions(self)))
        self._work = 0
        self._weights: dict[int, int] = {}
        self._kept: list[Any] = []  # as long as a weight is known by identity, nothing else may get that identity

    def visit(self, node: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        value = super().visit(node, *args, **kwargs)
        weight = self.weigh(value)
        if weight > MAX_WEIGHT:
            _refuse_heavy()
        is_moved = node["type"] in _MOVES
        self.charge(1 + weight * is_moved)
        if is_moved and args:
            self.charge(self.weigh(args[0]))
        return value

    def weigh(self, value: Any) -> int:
        """The size of the value when it is written out; each list and object is gone through once."""
        if isinstance(value, str):
            return 1 + len(value) // _CHARACTERS
        if not isinstance(value, dict | list):
            return 1
        known = self._weights.get(id(value))
        if known is not None:
            return known
        total = 1 + (sum(map(len, value)) // _CHARACTERS if isinstance(value, dict) else 0)
        for child in value.values() if isinstance(value, dict) else value:
            total += self.weigh(child)
        self.charge(len(value))
        self._weights[id(value)] = total
        self._kept.append(value)
        return total

    def charge(self, work: int) -> None:
        """Count work. Raises `CannotPickError` when it was too much."""
        self._work += work
        if self._work > MAX_WORK:
            raise CannotPickError("it is too much work for data of this size")


def _refuse_heavy() -> NoReturn:
    raise CannotPickError(f"it makes a value of more than {MAX_WEIGHT:,} parts")


def _reason(error: Exception) -> str:
    """The first line of what jmespath says; the next lines draw an arrow below the expression."""
    lines: Iterator[str] = iter(str(error).strip().splitlines())
    return next(lines, type(error).__name__).rstrip(":.")[:300]
