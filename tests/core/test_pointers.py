from core import pointers


def test_tokens_are_escaped() -> None:
    assert pointers.join("/params", "a/b~c", 0) == "/params/a~1b~0c/0"


def test_nothing_is_appended_to_the_whole() -> None:
    assert pointers.join("") == ""
