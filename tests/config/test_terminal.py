import io
import os

from config.embedded.terminal import Lines, Terminal


def fed(*chunks: bytes, prefix: str | None = "web") -> str:
    """What the screen shows of a program that writes these chunks and ends."""
    screen = io.StringIO()
    reader, writer = os.pipe()
    lines = Lines(reader, Terminal(screen), prefix=prefix)
    for chunk in chunks:
        os.write(writer, chunk)
        assert lines.read()
    os.close(writer)
    assert not lines.read()
    os.close(reader)
    return screen.getvalue()


def test_lines_are_put_together_from_chunks() -> None:
    assert fed(b"one\n\ntw", b"o\nthree") == "web      | one\nweb      | two\nweb      | three\n"


def test_bytes_that_are_no_text_are_shown_somehow() -> None:
    assert fed(b"\xff\n") == "web      | \ufffd\n"


def test_program_that_was_asked_for_is_shown_as_it_is() -> None:
    assert fed(b"timeline\n\n", prefix=None) == "timeline\n\n"


def test_terminal_that_went_away_is_no_error() -> None:
    screen = io.StringIO()
    terminal = Terminal(screen)
    screen.close()

    terminal.say("anybody there?")

    assert not terminal.is_open
