"""JSONLogic (jsonlogic.com) by datalogic-py, behind walls: it crashes the process on what is nested too deeply.

`var` takes our own paths too: `a[0].b` and `a["x y"]`. The clock operator `now` is refused, since a rule must decide
the same when it is explained later; `{"var": "now"}` is the instant of the evaluation.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import datalogic_py

from core.errors import InvalidError, Problem
from core.expressions import depth, paths
from core.expressions.scope import Scope
from core.expressions.suggestions import did_you_mean
from core.expressions.verdicts import Verdict, could_not_tell, told

MAX_RULE_DEPTH = 32
MAX_RULE_CHARACTERS = 64 * 1024
MAX_DATA_DEPTH = 64
MAX_DATA_CHARACTERS = 256 * 1024
_SECRETS = "secrets"  # an explanation shows what was compared, so conditions never see them
BUDGET = 10_000  # operations of one evaluation, as the engine counts them

# Without the operators on tensors, which can fill the memory in one step, and those of feature flags.
_FAMILIES = ("Core", "DateTime", "ExtString", "ExtArray", "ExtObject", "ExtControl", "ErrorHandling", "ExtMath")
_ENGINE = datalogic_py.Engine(config={"ops_budget": BUDGET}, families=_FAMILIES)
_OPERATORS = frozenset(
    name for info in _ENGINE.operators() if info["family"] in _FAMILIES for name in (info["name"], *info["aliases"])
)


class InvalidRuleError(InvalidError):
    """The JSONLogic rule is not valid."""

    code = "invalid_jsonlogic"


class CannotTellError(Exception):
    """The rule has no answer for this data; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A compiled rule. Any number of threads may share one."""

    document: Any
    _compiled: datalogic_py.Rule = field(repr=False)
    _roots: frozenset[str] | None  # the names at the top that it reads, None when that cannot be known

    def apply(self, data: Any) -> Any:
        """The value of the rule for any JSON data. Raises `CannotTellError`."""
        return json.loads(self._evaluate(_parsed(data)))

    def decide(self, scope: Scope) -> tuple[Verdict, Any]:
        """Whether the rule's value for the names of the scope is truthy, as JSONLogic has it; and that value."""
        try:
            value = self._evaluate(self._read(scope))
        except CannotTellError as error:
            return could_not_tell(str(error)), None
        return told(_ENGINE.truthy(value)), json.loads(value)

    def _evaluate(self, data: datalogic_py.DataHandle) -> str:
        """The value as JSON. Evaluating is bounded by the budget of the engine."""
        try:
            return str(self._compiled.evaluate_data_str(data))
        except datalogic_py.DataLogicError as error:
            raise CannotTellError(_reason(error)) from None

    def _read(self, scope: Scope) -> datalogic_py.DataHandle:
        """What the rule reads of the scope; parsed once for all rules that read the same names."""
        key = (Rule, self._roots)
        if key not in scope.memo:
            names = {name: value for name, value in scope.as_json().items() if name != _SECRETS}
            read = names if self._roots is None else {name: names[name] for name in self._roots & names.keys()}
            try:
                scope.memo[key] = _parsed(read)
            except CannotTellError as error:
                scope.memo[key] = str(error)
        found: datalogic_py.DataHandle | str = scope.memo[key]
        if isinstance(found, str):
            raise CannotTellError(found)
        return found


def _parsed(data: Any) -> datalogic_py.DataHandle:
    if depth.exceeds(data, levels=MAX_DATA_DEPTH):
        raise CannotTellError(f"the data is nested more than {MAX_DATA_DEPTH} levels deep")
    text = json.dumps(data, separators=(",", ":"))
    if len(text) > MAX_DATA_CHARACTERS:
        raise CannotTellError(f"the data has more than {MAX_DATA_CHARACTERS:,} characters")
    return datalogic_py.DataHandle(text)


def check(document: Any, *, path: str) -> list[Problem]:
    """Every problem of a rule, with JSON pointers that begin with `path`."""
    if depth.exceeds(document, levels=MAX_RULE_DEPTH):
        return [Problem(path, "too_deep", f"The rule is nested more than {MAX_RULE_DEPTH} levels deep.")]
    if len(json.dumps(document)) > MAX_RULE_CHARACTERS:
        return [Problem(path, "too_large", f"The rule has more than {MAX_RULE_CHARACTERS:,} characters.")]
    return list(_problems(document, path=path))


def compile(document: Any) -> Rule:  # noqa: A001  read as jsonlogic.compile, like re.compile
    """The compiled rule. Raises `InvalidRuleError` with the problems that `check` finds."""
    problems = check(document, path="")
    if problems:
        raise InvalidRuleError(problems[0].message, problems=problems)
    compiled = _ENGINE.compile(_as_text(document))
    facts = compiled.facts()
    is_known = facts["reads_complete"] and not facts["computed_reads"] and all(facts["reads"])
    return Rule(document, compiled, frozenset(read[0] for read in facts["reads"]) if is_known else None)


def _problems(document: Any, *, path: str) -> Iterator[Problem]:
    try:
        errors = [each for each in _ENGINE.check(_as_text(document)) if each["severity"] == "error"]
        facts = None if errors else _ENGINE.compile(_as_text(document)).facts()
    except datalogic_py.DataLogicError as error:
        yield Problem(path, "invalid_jsonlogic", f"The rule cannot be read: {_reason(error)}.")
        return
    for each in errors:
        yield Problem(path + each["pointer"], _CODES.get(each["code"], "invalid_jsonlogic"), _sentence(each))
    if facts and not facts["deterministic"]:
        message = '`now` reads the clock when it runs; write {"var": "now"} for the instant of the evaluation.'
        yield Problem(path, "not_deterministic", message)
    if facts and any(read[:1] == [_SECRETS] for read in facts["reads"]):
        message = "Secrets can be used in the parameters of actions, not in conditions."
        yield Problem(path, "secret_not_allowed", message)


_CODES = {"UnknownOperator": "unknown_operator"}


def _sentence(diagnostic: Mapping[str, Any]) -> str:
    name = diagnostic["operator"]
    if diagnostic["code"] != "UnknownOperator" or name is None:
        return f"The rule cannot be used: {diagnostic['message']}."
    return f"JSONLogic has no operator `{name}`{did_you_mean(name, _OPERATORS) or '.'}"


def _reason(error: datalogic_py.DataLogicError) -> str:
    kind = getattr(error, "error_type", "")
    operator = getattr(error, "operator", None)
    where = f" in `{operator}`" if operator else ""
    if kind == "BudgetExceeded":
        return f"the rule needs more than {BUDGET:,} operations"
    if kind == "Thrown" and "NaN" in str(error):
        return f"type mismatch: not a number{where}"
    return f"{kind or type(error).__name__}: {error}"[:300]


def _as_text(document: Any) -> str:
    """The rule as JSON: the engine would read a rule that is a string as JSON anyway."""
    return json.dumps(_translated(document))


def _translated(document: Any) -> Any:
    """The rule with bracket paths of `var` as the engine's `val`, which takes the steps one by one."""
    if isinstance(document, list):
        return [_translated(each) for each in document]
    if not isinstance(document, dict):
        return document
    if document.keys() == {"var"}:
        return _variable(document)
    return {name: _translated(value) for name, value in document.items()}


def _variable(document: dict[str, Any]) -> Any:
    argument = document["var"]
    text, *rest = argument if isinstance(argument, list) and argument else [argument]
    if not isinstance(text, str) or "[" not in text:
        return {"var": _translated(argument)}
    try:
        steps = list(paths.parse(text).steps)
    except paths.InvalidPathError:
        return document
    return {"??": [{"val": steps}, _translated(rest[0])]} if rest else {"val": steps}
