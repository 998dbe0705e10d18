from core.errors import Problem
from core.expressions.conditions import comparisons


def test_a_field_that_is_no_text_is_a_problem() -> None:
    assert list(comparisons.check_field(5, at="/field")) == [
        Problem("/field", "invalid_path", "`field` must be a path such as `lead.score`.")
    ]


def test_an_operator_that_resembles_none_lists_them_all() -> None:
    [problem] = comparisons.check_operator("zzz", at="/operator")

    assert problem.message == (
        "There is no operator `zzz`; there are between, contains, endswith, eq, exists, gt, gte, in, is_empty, lt, "
        "lte, matches, ne, not_contains, not_in, startswith."
    )


def test_a_value_is_left_alone_while_its_operator_is_unknown() -> None:
    assert list(comparisons.check_value({"operator": "zzz"}, at="")) == []


def test_a_missing_value_is_a_problem_of_the_whole_comparison() -> None:
    assert list(comparisons.check_value({"operator": "in"}, at="/0")) == [
        Problem("/0", "missing_value", "`value` is missing: what should `in` compare with?")
    ]
