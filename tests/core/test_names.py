import pytest

from core import names


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Greet\u202eteerG", "U+202E at 5"),
        ("\u2066Greet\u2069", "U+2066 at 0"),
        ("Gre\net", "U+000A at 3"),
        ("Gre\x1b[2Jet", "U+001B at 3"),
        ("Greet\x7f", "U+007F at 5"),
        ("Gre\x85et", "U+0085 at 3"),
        ("Gre\u2028et", "U+2028 at 3"),
    ],
)
def test_what_is_not_seen_of_a_name_is_refused_with_its_place(name: str, found: str) -> None:
    assert names.problem(name) == f"Names may not hold invisible control characters ({found})."
    with pytest.raises(ValueError, match="may not hold"):
        names.checked(name)


@pytest.mark.parametrize("name", ["Greet", "Grüße", "שלום", "مرحبا", "挨拶", "👩‍💻 on call", "a\u00a0b"])
def test_what_people_write_is_a_name(name: str) -> None:
    assert (names.problem(name), names.checked(name)) == ("", name)
