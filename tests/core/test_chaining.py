import hashlib
from datetime import datetime, timedelta, timezone

import pytest

from core import chaining


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, "é\n"]}, '{"a":[true,null,"é\\n"],"b":1}'),
        (1.0, "1"),
        (1e22, "10000000000000000000000"),
        (1e-7, "0.0000001"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (100, "100"),
        (datetime(2026, 1, 31, 10, tzinfo=timezone(timedelta(hours=1))), '"2026-01-31T09:00:00.000000+00:00"'),
    ],
    ids=repr,
)
def test_each_value_has_one_spelling(value: object, text: str) -> None:
    assert chaining.canonical(value) == text


def test_a_link_is_the_hash_of_canonical_json() -> None:
    text = '{"digest":"d","prev_hash":"p","seq":2}'

    assert chaining.link(prev_hash="p", digest="d", seq=2) == hashlib.sha256(text.encode()).hexdigest()
