from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.expressions.verdicts import NO, YES, Verdict, all_of, any_of, could_not_tell, negate

UNKNOWN = could_not_tell("missing")
verdicts = st.sampled_from([YES, NO, UNKNOWN])


@pytest.mark.parametrize(
    ("given_verdicts", "conjunction", "disjunction"),
    [
        ([], YES, NO),
        ([YES, YES], YES, YES),
        ([YES, NO], NO, YES),
        ([NO, NO], NO, NO),
        ([YES, UNKNOWN], UNKNOWN, YES),
        ([NO, UNKNOWN], NO, UNKNOWN),
        ([UNKNOWN, NO], NO, UNKNOWN),
        ([UNKNOWN, UNKNOWN], UNKNOWN, UNKNOWN),
    ],
)
def test_the_truth_table_of_kleene(given_verdicts: list[Verdict], conjunction: Verdict, disjunction: Verdict) -> None:
    assert all_of(given_verdicts) == conjunction
    assert any_of(given_verdicts) == disjunction


def test_the_first_unknown_gives_its_reason() -> None:
    assert all_of([YES, could_not_tell("first"), could_not_tell("second")]).why == "first"


def test_reading_stops_where_it_is_decided() -> None:
    def endless() -> Iterator[Verdict]:
        yield NO
        raise AssertionError("read on")

    assert all_of(endless()) == NO


@given(st.lists(verdicts))
def test_de_morgan_holds(each: list[Verdict]) -> None:
    assert negate(all_of(each)) == any_of(map(negate, each))
    assert negate(any_of(each)) == all_of(map(negate, each))


@given(st.lists(verdicts))
def test_order_changes_no_answer(each: list[Verdict]) -> None:
    assert all_of(each).result == all_of(reversed(each)).result
    assert any_of(each).result == any_of(reversed(each)).result


@given(verdicts)
def test_not_not_is_nothing(verdict: Verdict) -> None:
    assert negate(negate(verdict)) == verdict
