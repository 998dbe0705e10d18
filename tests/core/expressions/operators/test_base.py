import pytest

from core.expressions import operators
from core.expressions.operators import OPERATORS
from core.expressions.operators.base import Operator, register
from core.expressions.verdicts import told
from core.registry import AlreadyRegisteredError


def test_all_operators_of_the_contract_are_there() -> None:
    contract = "eq ne gt gte lt lte in not_in contains not_contains startswith endswith between exists is_empty matches"

    assert set(OPERATORS.keys()) == set(contract.split())


def test_only_two_are_asked_about_what_is_missing() -> None:
    assert {each.name for each in OPERATORS if each.sees_missing} == {"exists", "is_empty"}


def test_a_name_is_taken_once() -> None:
    with pytest.raises(AlreadyRegisteredError):
        register(Operator(name="eq", title="is", apply=lambda actual, expected: told(actual == expected)))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("==", "eq"),
        ("!=", "ne"),
        (">", "gt"),
        (">=", "gte"),
        ("Starts_With", "startswith"),
        ("betwen", "between"),
        ("zzz", None),
    ],
)
def test_the_right_name_is_suggested(name: str, meant: str | None) -> None:
    assert operators.suggest(name) == meant


def test_no_spelling_suggests_two_operators() -> None:
    spellings = [spelling for each in OPERATORS for spelling in (each.name, *each.aliases)]

    assert len(spellings) == len(set(spellings))
