from typing import Any

import pytest

from tests.workflows.types.turns import control, failure, problems


def test_it_fails_with_the_error_it_is_given() -> None:
    error = failure("fail", {"message": "Over {{ vars.limit }}", "code": "too_much"})

    assert (error.code, error.message, error.is_retryable) == ("too_much", "Over 80", False)


def test_the_code_is_failed_unless_it_is_given() -> None:
    assert failure("fail", {"message": "No"}).code == "failed"


def test_only_its_error_can_be_needed() -> None:
    assert control("fail").ports({}) == ()


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, [("/params/message", "missing_parameter")]),
        ({"message": ""}, [("/params/message", "invalid_parameter")]),
        ({"message": "x", "code": "Two words"}, [("/params/code", "invalid_parameter")]),
    ],
)
def test_mistakes_are_found_where_they_stand(params: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert problems("fail", params) == found
