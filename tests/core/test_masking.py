from collections.abc import Iterator

import pytest

from core import masking, registry


class Model:
    """Stands for a model: only its identity matters."""


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    for name in ("one", "two"):
        masking.withdraw(Model, by=name)


def test_what_anybody_declares_is_masked_until_it_is_withdrawn() -> None:
    masking.declare(Model, ["a"], by="one")
    masking.declare(Model, ["b", "c"], by="two")
    assert masking.fields_of(Model) == {"a", "b", "c"}

    masking.declare(Model, ["c"], by="two")
    masking.withdraw(Model, by="one")

    assert masking.fields_of(Model) == {"c"}


def test_the_mask_takes_the_place_of_the_value() -> None:
    assert masking.masked({"a": 1, "b": None}, frozenset({"b", "x"})) == {"a": 1, "b": "***"}


def test_what_a_failed_plugin_declared_is_forgotten() -> None:
    def fail() -> None:
        with registry.transaction():
            masking.declare(Model, ["a"], by="one")
            raise ValueError("faulty")

    with pytest.raises(ValueError, match="faulty"):
        fail()

    assert masking.fields_of(Model) == frozenset()
