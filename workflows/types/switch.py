"""`switch`: go the way of the case that a value meets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, Field

from actions.base import ActionParams
from actions.registry import register
from core import pointers
from core.errors import Problem
from core.expressions import conditions, templates
from core.expressions.operators import OPERATORS
from core.expressions.scope import Scope
from workflows.engine.graph import ERROR
from workflows.types import reading
from workflows.types.base import ControlType, Done, Turn

DEFAULT = "default"
MAX_CASES = 100
_KEYS = frozenset({"operator", "value"})


def _shaped(cases: object) -> object:
    if not isinstance(cases, dict | list) or not 1 <= len(cases) <= MAX_CASES:
        raise ValueError(f"expected cases by name, or a list of them; from 1 to {MAX_CASES}")
    return cases


class SwitchParams(ActionParams):
    """The value, and what it is compared with."""

    value: Any = Field(description="What is compared.")
    cases: Annotated[Any, AfterValidator(_shaped)] = Field(
        description="By the name of the port: a value to be equal to, or {operator, value}. "
        "Plain values are tried first, then comparisons, each by name. "
        "Where the order matters, a list of {port, operator, value}: the first that holds.",
        json_schema_extra={"type": ["object", "array"], "items": {"type": "object"}},
    )


class SwitchOutput(BaseModel):
    """Which way it went."""

    case: str = Field(description='The name of the case, "default" when there was none.')


@dataclass(frozen=True, slots=True)
class _Case:
    """One case: `written` has its operator and its value; `at` and `value_at` are pointers below the parameters."""

    port: Any
    written: Mapping[str, Any]
    at: str
    value_at: str

    @property
    def operator(self) -> Any:
        return self.written.get("operator", "eq")

    def holds(self, value: Any, scope: Scope) -> bool:
        """Whether the value meets the case. What cannot be told, or rendered, does not."""
        operator = OPERATORS.get(self.operator)
        try:
            expected = templates.render_structure(self.written.get("value", operator.default), scope)
        except templates.TemplateError:
            return False
        return operator.apply(value, expected).result is True


class Switch(ControlType[SwitchParams]):
    """A map has no order once it is stored, so the order in which its cases are tried does not depend on it:

    1. those with a plain value, by name;
    2. those with an operator, by name.

    A list is tried as it stands.
    """

    key = "switch"
    title = "Switch"
    description = "Go on at the port of the first case that the value meets, or at default."
    icon = "signpost"
    params_model = SwitchParams
    output_model = SwitchOutput
    as_written = frozenset({"cases"})
    has_default_port: ClassVar[bool] = False

    def ports(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        named = (case.port for case in _cases(params.get("cases")) if reading.is_name(case.port))
        return tuple(dict.fromkeys([*named, DEFAULT]))

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        cases = params.get("cases")
        found = [*reading.check_structure(cases if isinstance(cases, str) else None, at=pointers.join(path, "cases"))]
        seen: list[Any] = []
        for case in _cases(cases)[:MAX_CASES]:
            found += _check_case(case, path=path, is_repeated=case.port in seen)
            seen.append(case.port)
        return found

    def take(self, params: SwitchParams, turn: Turn) -> Done:
        with templates.within():
            met = (case.port for case in _cases(params.cases) if case.holds(params.value, turn.scope))
            port = next(met, DEFAULT)
        return Done({"case": port}, port)


def _cases(cases: object) -> list[_Case]:
    """The cases in the order in which they are tried; none when they are neither a map nor a list."""
    if isinstance(cases, list):
        return [_listed(each, index) for index, each in enumerate(cases)]
    if isinstance(cases, dict):
        found = [_mapped(name, wanted) for name, wanted in cases.items()]
        return sorted(found, key=lambda case: ("operator" in case.written, case.port))
    return []


def _listed(case: Any, index: int) -> _Case:
    at = pointers.join("/cases", index)
    if not isinstance(case, dict):
        return _Case(None, {"value": None}, at, at)
    return _Case(case.get("port"), {key: case[key] for key in case if key != "port"}, at, f"{at}/value")


def _mapped(name: str, wanted: Any) -> _Case:
    at = pointers.join("/cases", name)
    if isinstance(wanted, dict) and "operator" in wanted:
        return _Case(name, wanted, at, f"{at}/value")
    return _Case(name, {"value": wanted}, at, at)


def _check_case(case: _Case, *, path: str, is_repeated: bool) -> Iterator[Problem]:
    at = path + case.at
    if case.port is None:
        message = "In a list, a case is {port, operator, value}, such as {port: gold, value: gold}."
        yield Problem(at, "invalid_case", message)
    elif not reading.is_name(case.port) or case.port in {ERROR, DEFAULT}:
        message = "A case is named by letters, digits and _; error and default are taken."
        yield Problem(at, "invalid_case", message)
    elif is_repeated:
        yield Problem(at, "duplicate_case", f"Another case has the port {case.port!r}.")
    for key in case.written.keys() - _KEYS:
        yield Problem(pointers.join(at, key), "unknown_key", f"A case has no {key!r}; it has operator and value.")
    compared = {key: case.written[key] for key in _KEYS & case.written.keys()}
    for problem in conditions.check({"field": "value", "operator": case.operator, **compared}, path=""):
        _, is_in_value, below = problem.path.partition("/value")
        pointer = f"{path}{case.value_at}{below}" if is_in_value else at + problem.path
        yield Problem(pointer, problem.code, problem.message)


register(Switch())
