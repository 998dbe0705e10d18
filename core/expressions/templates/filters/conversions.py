"""Filters between types: to numbers, to text, to JSON, to money, and to something when there is nothing."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from core.expressions import comparison, numbers
from core.expressions.paths import MISSING
from core.expressions.templates import arithmetic, text
from core.expressions.templates.errors import TemplateError
from core.expressions.templates.filters.base import Filter, as_count, as_text, register

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
_WITHOUT_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "HUF"})


def default(value: Any, other: Any = "", boolean: Any = False) -> Any:
    """`other` for what is missing or null; with `true` as second argument also for what is empty, 0 or false."""
    return other if value is MISSING or value is None or (boolean is True and not value) else value


def number(value: Any) -> int | float:
    """The number that the value is, or that the text wholly spells."""
    parsed = numbers.parse(value.strip() if isinstance(value, str) else value)
    if parsed is None:
        raise TemplateError(f"needs a number, or text that is wholly a number, not {comparison.type_of(value)}")
    return parsed


def integer(value: Any) -> int:
    """The number without its fraction."""
    return int(arithmetic.bounded(int(number(value))))


def rounded(value: Any, digits: Any = 0) -> int | float:
    """The number with so many decimals, halves away from zero; a whole number without decimals."""
    places = as_count(digits, most=15)
    exact = Decimal(str(number(value))).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return float(exact) if places else int(exact)


def currency(value: Any, code: Any = "EUR") -> str:
    """An amount to read: €1,234.50, ¥1,235, CHF 1,234.50."""
    unit = as_text(code).strip().upper()
    if len(unit) != 3 or not unit.isalpha():
        raise TemplateError("needs a currency code of three letters, such as EUR")
    amount = rounded(value, 0 if unit in _WITHOUT_CENTS else 2)
    sign = "-" if amount < 0 else ""
    decimals = 0 if unit in _WITHOUT_CENTS else 2
    return f"{sign}{_SYMBOLS.get(unit, unit + ' ')}{abs(amount):,.{decimals}f}"


register(
    Filter(name="default", apply=default, rescues=True),
    Filter(name="number", apply=number),
    Filter(name="int", apply=integer),
    Filter(name="round", apply=rounded),
    Filter(name="string", apply=text.write),
    Filter(name="json", apply=text.write_json),
    Filter(name="currency", apply=currency),
)
