import pytest
from hypothesis import given
from hypothesis import strategies as st

from triggers.engine import patterns

NAMES = ["a", "lead.created", "a.b.c", "A_1", "com.acme/lead:v1+x-y", "größe.erreicht", "0", "a" * 200, "/", "-", "1.2"]
NO_NAMES = [
    "",
    ".",
    "a.",
    ".a",
    "a..b",
    "a b",
    " a",
    "a\n",
    "a*",
    "*",
    "**",
    "a.*",
    "a\0",
    "a" * 201,
    "a,b",
    "a{b}",
    "😀",
    "a\u200b",
]


@pytest.mark.parametrize("text", NAMES, ids=lambda text: repr(text)[:20])
def test_levels_joined_by_dots_are_a_name(text: str) -> None:
    assert patterns.is_name(text)
    assert patterns.is_pattern(text)
    assert not patterns.is_wild(text)


@pytest.mark.parametrize("text", NO_NAMES, ids=lambda text: repr(text)[:20])
def test_anything_else_is_no_name(text: str) -> None:
    assert not patterns.is_name(text)


@pytest.mark.parametrize("text", ["*", "**", "a.*", "a.**", "*.a", "*.*", "a.*.b", "*.**", "a.b.**"])
def test_a_star_for_a_level_and_two_at_the_end_are_a_pattern(text: str) -> None:
    assert patterns.is_pattern(text)
    assert patterns.is_wild(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "***",
        "**.a",
        "a.**.b",
        "a.**.**",
        "a*",
        "a.b*",
        "*a",
        "a.***",
        "a..*",
        ".*",
        "*.",
        "a.*\n",
        "[a]",
        "a|b",
        "a." * 100 + "**",
    ],
    ids=lambda text: repr(text)[:20],
)
def test_anything_else_is_no_pattern(text: str) -> None:
    assert not patterns.is_pattern(text)


@pytest.mark.parametrize(
    ("pattern", "event_type", "is_meant"),
    [
        ("lead.created", "lead.created", True),
        ("lead.created", "lead.creates", False),
        ("lead.created", "lead.created.twice", False),
        ("lead.created", "Lead.Created", False),
        ("lead.*", "lead.created", True),
        ("lead.*", "lead", False),
        ("lead.*", "lead.a.b", False),
        ("lead.*", "leads.created", False),
        ("*.created", "lead.created", True),
        ("*.created", "a.lead.created", False),
        ("lead.**", "lead.a", True),
        ("lead.**", "lead.a.b.c", True),
        ("lead.**", "lead", False),
        ("lead.**", "leading.a", False),
        ("*", "lead", True),
        ("*", "lead.created", False),
        ("**", "lead", True),
        ("**", "lead.created", True),
        ("*.**", "lead", False),
        ("*.**", "lead.a.b", True),
        ("a.*.c", "a.b.c", True),
        ("a.*.c", "a.c", False),
        ("a+b.*", "a+b.c", True),
        ("a+b.*", "aab.c", False),
    ],
)
def test_a_pattern_means_some_types(pattern: str, event_type: str, is_meant: bool) -> None:
    assert patterns.matches(pattern, event_type) is is_meant


def test_a_long_pattern_of_stars_is_decided_at_once() -> None:
    assert not patterns.matches(".".join("*" * 100), ".".join("a" * 99) + ".")
    assert patterns.matches(".".join("*" * 100), ".".join("a" * 100))


levels = st.sampled_from(["a", "b", "ab", "a+", "é"])
names = st.lists(levels, min_size=1, max_size=5).map(".".join)
wild = st.lists(levels | st.just("*"), max_size=4).flatmap(
    lambda parts: st.sampled_from([parts, [*parts, "**"]]).filter(bool).map(".".join)
)


def means(pattern: list[str], name: list[str]) -> bool:
    """The reference: level by level."""
    if pattern == ["**"]:
        return len(name) >= 1
    if not pattern or not name:
        return not pattern and not name
    return pattern[0] in {"*", name[0]} and means(pattern[1:], name[1:])


@given(wild, names)
def test_matching_agrees_with_a_comparison_level_by_level(pattern: str, name: str) -> None:
    assert patterns.is_pattern(pattern)
    assert patterns.matches(pattern, name) is means(pattern.split("."), name.split("."))


@given(st.text(alphabet="ab.*/\n\0 é", max_size=12))
def test_a_name_means_itself_and_a_pattern_is_a_name_with_stars(text: str) -> None:
    if patterns.is_name(text):
        assert patterns.is_pattern(text)
        assert patterns.matches(text, text)
        assert patterns.matches("**", text)
    elif patterns.is_pattern(text):
        assert "*" in text
