import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.expressions import regexes


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("b+", "abbc", True),
        ("^b", "abbc", False),
        (r"^\d{4}$", "2026", True),
        ("(?i)ACME", "acme ltd", True),
        ("é", "e", False),
    ],
)
def test_search_looks_anywhere_unless_anchored(pattern: str, text: str, found: bool) -> None:
    assert regexes.search(pattern, text) is found


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "unclosed group"),
        ("(?=a)", "look-around, including look-ahead and look-behind, is not supported"),
        (r"(a)\1", "backreferences are not supported"),
        ("a{1000}{1000}", "Compiled regex exceeds size limit of 10485760 bytes"),
        ("a{1000}{100}", "it is too large; use smaller repeat counts, or [A-Za-z0-9_] instead of \\w"),
        ("a" * 1001, "it has more than 1,000 characters"),
    ],
)
def test_a_pattern_that_cannot_be_used_has_a_reason(pattern: str, reason: str) -> None:
    assert regexes.check(pattern) == reason


@pytest.mark.parametrize(
    "pattern", [r"^[\w.+-]+@[\w-]+\.[\w.-]+$", r"\d{4}-\d{2}-\d{2}", r"https?://[^\s/]+/\S*", r"^\p{L}{2,20}$"]
)
def test_ordinary_patterns_are_accepted(pattern: str) -> None:
    assert regexes.check(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "text", "match"),
    [
        (r"#\d+", "order #123 and #4", "#123"),
        (r"#\d+", "order", None),
        ("<.*>", "x<a><b>", "<a><b>"),
        ("<.*?>", "x<a><b>", "<a>"),
        (r"\bfoo\b", "xfoo foo", "foo"),
        ("(?m)^b$", "a\nb\nc", "b"),
        ("^", "abc", ""),
        ("x$", "xax", "x"),
        ("é+", "caféé!", "éé"),
        ("(?x) a+ # some letters", "baa", "aa"),
        ("b.*y", "a" * 300 + "b" + "x" * 300 + "y" + "a" * 300, "b" + "x" * 300 + "y"),
        ("", "abc", ""),
        ("a", "", None),
    ],
)
def test_find_gives_the_first_match(pattern: str, text: str, match: str | None) -> None:
    assert regexes.find(pattern, text) == match


@given(
    st.sampled_from(["a+", "ab?", r"\bb", "b$", "^a", "[ab]+c", r"\w+", "c{2,3}", "é.", "a.*?c"]),
    st.text("abcé \n", max_size=150),
)
def test_find_agrees_with_python_where_both_mean_the_same(pattern: str, text: str) -> None:
    expected = re.search(pattern.replace("$", r"\Z"), text)

    assert regexes.find(pattern, text) == (expected and expected[0])


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a?){300}a{300}", "(a{500}b?){10}", "(.*){20}x"])
def test_a_hostile_pattern_ends_soon(pattern: str) -> None:
    started = time.perf_counter()

    regexes.search(pattern, "a" * 19_999 + "!")

    assert time.perf_counter() - started < 2


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(regexes.TooLongError, match="20,001 characters, at most 20,000"):
        regexes.search("a", "a" * 20_001)
    with pytest.raises(regexes.TooLongError, match="2,001 characters, at most 2,000"):
        regexes.find("a", "a" * 2_001)
