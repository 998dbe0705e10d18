import pytest

from actions import usage
from actions.base import ActionFailedError, ActionResult
from actions.usage import Usage


@pytest.mark.parametrize(
    ("counts", "total"),
    [
        pytest.param([], {}, id="nothing"),
        pytest.param(
            [{"ai_tokens": 2}, {"ai_tokens": 3, "emails_sent": 1}], {"ai_tokens": 5, "emails_sent": 1}, id="int"
        ),
        pytest.param([{"estimated_cost": 0.1}, {"estimated_cost": 0.2}], {"estimated_cost": 0.3}, id="0.1 + 0.2"),
        pytest.param([{"estimated_cost": 0.1}] * 1000, {"estimated_cost": 100.0}, id="1000 * 0.1"),
        pytest.param([{"estimated_cost": 1}, {"estimated_cost": 1e-7}], {"estimated_cost": 1.0000001}, id="a token"),
        pytest.param([{"estimated_cost": 1e-11}], {"estimated_cost": 0.0}, id="less than is kept"),
    ],
)
def test_counts_are_added_by_name(counts: list[Usage], total: Usage) -> None:
    found = usage.added(counts)

    assert found == total
    assert [type(each) for each in found.values()] == [type(each) for each in total.values()]


def test_adding_the_sum_to_itself_later_is_adding_all_at_once() -> None:
    total: Usage = {}

    for _ in range(100):
        total = usage.added([total, {"estimated_cost": 0.07}])

    assert total == {"estimated_cost": 7.0}


@pytest.mark.parametrize("count", [float("nan"), float("inf"), "1"])
def test_what_is_no_number_is_refused_where_it_comes_from(count: float) -> None:
    with pytest.raises(TypeError):
        ActionResult(usage={"ai_tokens": count})
    with pytest.raises(TypeError):
        ActionFailedError("x", "x", is_retryable=False, usage={"ai_tokens": count})
