from core.expressions import jsonlogic, paths
from core.expressions.conditions import tree
from core.expressions.operators import OPERATORS
from core.expressions.scope import Scope

SCOPE = Scope(names={"item": 1}, fallback={"item": 2, "a": 5})


def comparison(field: str, value: object, *, is_filter: bool = False) -> tree.Comparison:
    return tree.Comparison(
        operator=OPERATORS.get("eq"),
        field=field,
        path=paths.parse(field),
        value=value,
        is_template="{{" in str(value),
        is_filter=is_filter,
    )


def test_a_comparison_reads_names_and_a_filter_reads_the_data() -> None:
    assert comparison("item", 1).evaluate(SCOPE, explain=False).holds
    assert comparison("item", 2, is_filter=True).evaluate(SCOPE, explain=False).holds


def test_a_template_that_fails_is_could_not_tell() -> None:
    evaluation = comparison("a", "{{ nowhere }}").evaluate(SCOPE, explain=False)

    assert evaluation.result is None
    assert "there is nothing at `nowhere`" in str(evaluation.why)
    assert evaluation.expected == "{{ nowhere }}"


def test_a_group_keeps_the_order_of_its_members() -> None:
    group = tree.Group("or", (comparison("a", 1), comparison("a", 5), comparison("a", 2)))

    assert [child.expected for child in group.evaluate(SCOPE, explain=False).children] == [1, 5]
    assert [child.expected for child in group.evaluate(SCOPE, explain=True).children] == [1, 5, 2]


def test_a_negation_keeps_the_reason() -> None:
    evaluation = tree.Negation(comparison("nowhere", 1)).evaluate(SCOPE, explain=False)

    assert (evaluation.operator, evaluation.result, evaluation.why) == ("not", None, "missing")


def test_a_rule_shows_its_document_and_value() -> None:
    evaluation = tree.Rule(jsonlogic.compile({"var": "a"})).evaluate(SCOPE, explain=False)

    assert (evaluation.result, evaluation.expected, evaluation.actual) == (True, {"var": "a"}, 5)
