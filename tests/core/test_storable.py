from typing import Any

import pytest

from core import storable
from core.errors import MalformedError


@pytest.mark.parametrize(("value", "size"), [(None, 4), ({"a": [1, "é"]}, 14), ("", 2), (10**30, 31)])
def test_the_size_is_that_of_compact_json(value: Any, size: int) -> None:
    assert storable.size_bytes(value) == size


@pytest.mark.parametrize("value", ["a\x00", "\ud800", {"\x00": 1}, float("nan"), [float("inf")], {1}, b"a"], ids=ascii)
def test_what_cannot_be_stored_is_refused(value: Any) -> None:
    with pytest.raises(MalformedError):
        storable.size_bytes(value)


def test_what_is_nested_too_deeply_is_refused() -> None:
    value: Any = 1
    for _ in range(10_000):
        value = [value]

    with pytest.raises(MalformedError, match="too deeply"):
        storable.size_bytes(value)
