"""Rows that were not there before fire once, and again after they were gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triggers.engine import arrivals

ANSWERS = st.lists(st.lists(st.sampled_from("abcdef"), max_size=8), max_size=12)


@pytest.mark.parametrize(
    ("met", "keys", "is_whole", "new", "kept"),
    [
        ("", "ab", True, [0, 1], "ab"),
        ("ab", "ab", True, [], "ab"),
        ("ab", "bc", True, [1], "bc"),
        ("ab", "", True, [], ""),
        ("", "aab", True, [0, 2], "ab"),
        ("ab", "c", False, [0], "abc"),
        ("ab", "ba", False, [], "ba"),
    ],
    ids=["first", "the same", "one new, one gone", "all gone", "one key twice", "not whole", "not whole, the same"],
)
def test_what_is_new(met: str, keys: str, is_whole: bool, new: list[int], kept: str) -> None:
    assert arrivals.compare([*met], [*keys], is_whole=is_whole) == arrivals.Arrivals(new, [*kept])


@given(ANSWERS)
def test_a_key_fires_for_each_answer_that_has_it_after_one_that_has_not(answers: list[list[str]]) -> None:
    fired: dict[str, int] = dict.fromkeys("abcdef", 0)
    met: list[str] = []

    for keys in answers:
        found = arrivals.compare(met, keys, is_whole=True)
        met = found.met
        for place in found.new:
            fired[keys[place]] += 1

    before = [[], *answers]
    naive = {key: sum(key in here and key not in was for was, here in zip(before, answers, strict=False))
             for key in "abcdef"}  # fmt: skip
    assert fired == naive


@given(st.lists(st.lists(st.integers(0, 5000).map(str), max_size=100), max_size=30))
def test_of_answers_that_are_not_whole_no_key_that_is_remembered_fires_and_memory_is_bounded(
    answers: list[list[str]],
) -> None:
    met: list[str] = []

    for keys in answers:
        found = arrivals.compare(met, keys, is_whole=False)
        assert {keys[place] for place in found.new} == {*keys} - {*met}
        assert len(found.met) == len({*found.met}) <= arrivals.MAX_MET
        assert {*keys} <= {*found.met}
        met = found.met
