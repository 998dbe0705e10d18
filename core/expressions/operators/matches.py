"""`matches`: the pattern is found somewhere in the string; anchor it with ^ and $ to match the whole."""

from typing import Any

from core.expressions import comparison, regexes
from core.expressions.operators import values
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import Verdict, could_not_tell, told


def _apply(actual: Any, expected: Any) -> Verdict:
    if not isinstance(actual, str) or not isinstance(expected, str):
        return comparison.mismatch(actual, expected)
    try:
        return told(regexes.search(expected, actual))
    except (regexes.InvalidPatternError, regexes.TooLongError) as error:
        return could_not_tell(error.detail)


def _check(value: Any) -> str | None:
    wrong = values.check_string(value)
    if wrong:
        return wrong
    reason = regexes.check(value)
    return f"is not a usable pattern: {reason}" if reason else None


register(Operator(name="matches", title="matches", apply=_apply, check=_check, aliases=("regex", "regexp", "match")))
