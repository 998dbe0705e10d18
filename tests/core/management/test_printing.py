"""Tables, and texts of tenants that would steer a terminal."""

from datetime import UTC, datetime

from core.management import printing


def test_columns_have_one_width_and_nothing_is_a_dash() -> None:
    rows = [("a", None, True), ("long", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), False)]

    assert list(printing.table(("name", "at", "on"), rows)) == [
        "name  at                   on",
        "a     -                    yes",
        "long  2026-01-02 03:04:05  no",
    ]


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    assert printing.shown("\x1b[2Jred\r\nnew\u202etxt\x07") == " [2Jred  new txt "


def test_a_long_text_is_cut() -> None:
    assert printing.shown("x" * 200) == "x" * 97 + "..."
