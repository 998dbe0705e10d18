from core import pointers


def test_tokens_are_escaped() -> None:
    assert pointers.join("/params", "a/b~c", 0) == "/params/a~1b~0c/0"


def test_nothing_is_appended_to_the_whole() -> None:
    assert pointers.join("") == ""


def test_a_pointer_is_split_into_its_tokens() -> None:
    assert pointers.split(pointers.join("", "a/b~c", "~1", 0)) == ["a/b~c", "~1", "0"]


def test_values_are_replaced_in_a_copy() -> None:
    document = {"a": {"b": 1, "c": 2}, "d": [3]}

    assert pointers.replaced(document, {"/a/b": 5, "/a/x": 6, "/e/f": 7}) == {
        "a": {"b": 5, "c": 2, "x": 6},
        "d": [3],
        "e": {"f": 7},
    }
    assert document == {"a": {"b": 1, "c": 2}, "d": [3]}


def test_nothing_is_replaced_below_what_is_no_object() -> None:
    assert pointers.replaced({"a": 5}, {"/a/b": 1}) == {"a": 5}
    assert pointers.replaced([1], {"/1": 2, "/x": 3}) == [1]


def test_items_of_lists_are_replaced_too() -> None:
    assert pointers.replaced({"a": [{"b": 1}, 2]}, {"/a/0/b": 3, "/a/1": 4}) == {"a": [{"b": 3}, 4]}
