import pytest

from core import registry
from core.registry import AlreadyRegisteredError, NotRegisteredError, Registry


@pytest.fixture
def fruits() -> Registry[str]:
    registry: Registry[str] = Registry("fruit")
    registry.register("pear", "a pear")
    registry.register("fig", "a fig")
    return registry


def test_what_was_registered_is_found_in_the_order_of_registration(fruits: Registry[str]) -> None:
    assert fruits.get("fig") == "a fig"
    assert fruits.keys() == ("pear", "fig")
    assert list(fruits) == ["a pear", "a fig"]
    assert len(fruits) == 2


def test_registering_returns_the_item(fruits: Registry[str]) -> None:
    assert fruits.register("plum", "a plum") == "a plum"
    assert "plum" in fruits


def test_registering_the_same_object_twice_changes_nothing(fruits: Registry[str]) -> None:
    fruits.register("fig", fruits.get("fig"))

    assert list(fruits) == ["a pear", "a fig"]


def test_a_second_object_under_a_key_is_refused_and_the_first_stays(fruits: Registry[str]) -> None:
    with pytest.raises(AlreadyRegisteredError, match="fruit 'fig' is registered twice: 'a fig' and 'another'"):
        fruits.register("fig", "another")

    assert fruits.get("fig") == "a fig"


def test_a_missing_key_is_named_with_its_kind(fruits: Registry[str]) -> None:
    with pytest.raises(NotRegisteredError, match="there is no fruit 'kiwi'"):
        fruits.get("kiwi")


def test_finding_a_missing_key_gives_none(fruits: Registry[str]) -> None:
    assert fruits.find("kiwi") is None
    assert fruits.find("fig") == "a fig"
    assert "kiwi" not in fruits


def test_what_was_registered_in_a_transaction_that_failed_is_forgotten(fruits: Registry[str]) -> None:
    def fail() -> None:
        with registry.transaction():
            fruits.register("plum", "a plum")
            fruits.unregister("fig")
            raise ValueError("rotten")

    with pytest.raises(ValueError, match="rotten"):
        fail()

    assert fruits.keys() == ("pear", "fig")


def test_what_was_registered_in_a_transaction_stays(fruits: Registry[str]) -> None:
    with registry.transaction():
        fruits.register("plum", "a plum")

    assert fruits.keys() == ("pear", "fig", "plum")
