import contextlib
import time
from typing import Any

import pytest

from core.expressions import picking
from tests.cases import load

LEADS = {"leads": [{"name": "Ada", "score": 6}, {"name": "Bob", "score": 9}, {"name": "Cy", "score": 1}]}


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        ("leads[0].name", "Ada"),
        ("leads[?score > `5`].name", ["Ada", "Bob"]),
        ("reverse(sort_by(leads, &score))[].{who: name, points: score}[0]", {"who": "Bob", "points": 9}),
        ("join(', ', leads[].name)", "Ada, Bob, Cy"),
        ("nothing.here", None),
        ("sum(leads[].score)", 16),
    ],
)
def test_an_expression_picks(text: str, picked: Any) -> None:
    assert picking.compile(text).apply(LEADS) == picked


@pytest.mark.parametrize(
    "text",
    ["", "a b", "nope(@)", "(" * 900, "[" * 900, f"`{'[' * 1500}{']' * 1500}`", f"`{'[' * 70}{']' * 70}`",
     "a." * 3000 + "a", "a[", "|".join(["@"] * 60), ",".join(["[@"] + ["@"] * 600) + "]", '"\\ud800"a', "\ud800"],
    ids=lambda text: text[:12].encode("unicode_escape").decode(),
)  # fmt: skip
def test_what_is_no_expression_or_too_much_of_one_is_refused(text: str) -> None:
    with pytest.raises(picking.InvalidQueryError):
        picking.compile(text)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("|".join(["[@, @]"] * 49), 1),  # shared: 2^49 only when somebody writes it out
        ("|".join(["{a: @, b: @}"] * 20), 1),
        ("|".join(["[@, @]"] * 40) + "|to_string(@)", 1),
        ("|".join(["[@, @]"] * 40) + "|@ == @", 1),
        ("|".join(["[@, @][]"] * 40), [1]),  # a real list that doubles
        ("|".join(["join('', [@, @])"] * 40), "ab"),  # a real text that doubles
        ("join(@.glue, @.parts)", {"glue": "x" * 1_000_000, "parts": ["y"] * 1000}),
        ("map(&join(@, ['a', 'b', 'c']), @)", ["x" * 100_000] * 40),
        ("l[*].[@, @, @, @, @, @, @, @]", {"l": list(range(50_000))}),
    ],
    ids=["pairs", "objects", "written", "compared", "flattened", "joined", "glue", "glued", "multiplied"],
)
def test_an_expression_that_grows_is_stopped(text: str, data: Any) -> None:
    begun = time.process_time()

    with pytest.raises(picking.CannotPickError, match=r"more than 200,000 parts|too much work"):
        picking.compile(text).apply(data)

    assert time.process_time() - begun < 20  # without an end it would take years


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("sort(@)", [1, "a"]), ("length(@)", None), ("[::0]", [1]), ("ceil(to_number(@))", "1e999"), ("&a", 1),
        ("length(@, @)", "a"), ("max_by(@, &a)", [{"a": 1}, {"a": "x"}]),
    ],
)  # fmt: skip
def test_data_that_an_expression_cannot_take_is_told(text: str, data: Any) -> None:
    with pytest.raises(picking.CannotPickError):
        picking.compile(text).apply(data)


def test_data_that_is_nested_too_deeply_is_refused() -> None:
    data: Any = 1
    for _ in range(200):
        data = [data]

    with pytest.raises(picking.CannotPickError, match="64 levels"):
        picking.compile("@").apply(data)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of literals that are no JSON
def test_naughty_texts_are_data_and_expressions_of_no_harm() -> None:
    texts = load("hostile/blns.json")

    assert picking.compile("[?@ != 'x']").apply(texts) == texts
    for text in texts:
        with contextlib.suppress(picking.InvalidQueryError, picking.CannotPickError):
            picking.compile(text).apply({"a": text})
