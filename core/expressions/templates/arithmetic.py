"""`+ - * / // %` of templates: on numbers and dates only, with bounded results.

The stock sandbox lets `"x" * 10**8` build 100 MB in one step that nothing can interrupt; here text has no arithmetic.
"""

import math
import operator
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from core.expressions import comparison, instants, numbers
from core.expressions.templates.errors import TemplateError

MAX_INTEGER = 2**63 - 1

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


def calculate(symbol: str, left: Any, right: Any) -> Any:
    """The result for two numbers, a date and a number of days, or two dates (their distance in days).

    Raises `TemplateError` for everything else, division by zero, and results that are too large.
    """
    try:
        if numbers.is_number(left) and numbers.is_number(right):
            return bounded(_OPERATIONS[symbol](left, right))
        if symbol in {"+", "-"} and isinstance(left, date) and numbers.is_number(right):
            return shift(left, days=right if symbol == "+" else -right)
        if symbol == "-" and isinstance(left, date) and isinstance(right, date):
            return days_between(right, left)
    except ZeroDivisionError:
        raise TemplateError(f"`{symbol}` divides by zero") from None
    except OverflowError:
        raise TemplateError(f"the result of `{symbol}` is too large") from None
    raise TemplateError(
        f"`{symbol}` works on numbers and dates, not on {_name(left)} and {_name(right)}; "
        "turn text into a number with `| number`"
    )


def shift(moment: date, *, days: float) -> date:
    """The date or datetime so many days later. A date moves by whole days. Raises OverflowError off the calendar."""
    return moment + timedelta(days=days)


def days_between(start: date, end: date) -> int | float:
    """Days from start to end: whole between two dates, with a fraction as soon as one has a time."""
    if isinstance(start, datetime) or isinstance(end, datetime):
        return (instants.as_instant(end) - instants.as_instant(start)) / timedelta(days=1)
    return (end - start).days


def bounded(number: float) -> int | float:
    """The number, when JSON readers elsewhere can hold it. Raises OverflowError."""
    if abs(number) > MAX_INTEGER if isinstance(number, int) else not math.isfinite(number):
        raise OverflowError
    return number


def _name(value: Any) -> str:
    return "a date" if isinstance(value, date) else comparison.type_of(value)
