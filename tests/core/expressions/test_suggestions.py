from core.expressions.suggestions import did_you_mean


def test_a_close_name_is_suggested() -> None:
    assert did_you_mean("Uper", ["lower", "upper"]) == ", did you mean `upper`?"


def test_nothing_is_suggested_when_nothing_is_close() -> None:
    assert did_you_mean("xyz", ["lower", "upper"]) == ""
