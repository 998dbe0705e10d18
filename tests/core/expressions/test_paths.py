import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.expressions import paths
from core.expressions.paths import MISSING, InvalidPathError, Path

DATA = {"a": [{"b": 1}, {"x y.z?": None}], "items": 3, "0": "zero", "deep": {"0": "key"}, "": {"": 7}}


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("a.0.b", ("a", 0, "b")),
        ("a[0].b", ("a", 0, "b")),
        ("a[ 12 ]", ("a", 12)),
        ('a["x y.z?"].b', ("a", "x y.z?", "b")),
        ("a['it\\'s']", ("a", "it's")),
        ('a["say \\"hi\\""]', ("a", 'say "hi"')),
        ('["top level"].b', ("top level", "b")),
        ('a["0"]', ("a", "0")),
        ("a.00", ("a", "00")),
        ("created_at__gte.first-name.@type.$ref", ("created_at__gte", "first-name", "@type", "$ref")),
        ("straße.नाम", ("straße", "नाम")),
        (" a.b ", ("a", "b")),
    ],
)
def test_a_path_is_read_into_steps(text: str, steps: tuple[str | int, ...]) -> None:
    assert paths.parse(text) == Path(steps)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "A path is empty"),
        ("  ", "A path is empty"),
        (".a", "at character 1"),
        ("a.", "at character 2"),
        ("a..b", "at character 2"),
        ("a[-1]", "at character 2"),
        ("a[b]", "at character 2"),
        ("a[0", "at character 2"),
        ('a["b]', "at character 2"),
        ("a b", "at character 2"),
        ("a[0]b", "at character 5"),
        ("a{{b}}", "at character 2"),
        ("a" * 501, "501 characters"),
        (".".join("a" * 33), "33 steps"),
    ],
)
def test_what_is_no_path_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(InvalidPathError, match=message):
        paths.parse(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.0.b", 1),
        ("a[0].b", 1),
        ('a[1]["x y.z?"]', None),
        ("items", 3),
        ("0", "zero"),
        ("deep.0", "key"),
        ("a.2", MISSING),
        ("a.b", MISSING),
        ('a["0"]', MISSING),
        ("items.real", MISSING),
        ("a.append", MISSING),
        ("a.0.keys", MISSING),
        ("nowhere.at.all", MISSING),
    ],
)
def test_a_path_reads_keys_and_indexes_and_never_attributes(text: str, value: object) -> None:
    assert paths.resolve(paths.parse(text), DATA) == value


def test_missing_says_so() -> None:
    assert repr(MISSING) == "MISSING"


def test_parsing_twice_gives_the_same_object() -> None:
    assert paths.parse("lead.owner.email") is paths.parse("lead.owner.email")


@given(st.lists(st.text(max_size=8) | st.integers(0, 10**6), min_size=1, max_size=8))
def test_a_written_path_is_read_back(steps: list[str | int]) -> None:
    path = Path(tuple(steps))

    assert paths.parse(str(path)) == path
