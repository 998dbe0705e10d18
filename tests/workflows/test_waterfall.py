"""The picture of a run: bars for what was tried, and for the waits between."""

from datetime import UTC, datetime, timedelta

from core.ids import new_id
from workflows.admin.waterfall import WIDTH, Part, Row, Try, bars

BEGUN = datetime(2026, 1, 31, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGUN + timedelta(seconds=seconds)


def row(status: str = "completed", *tries: Try, started: float | None = 0, finished: float | None = None) -> Row:
    times = [None if each is None else at(each) for each in (started, started, finished)]
    return Row(new_id(), "send", "send_email", status, times[0], times[1], times[2], tries, "")


def parts(one: Row, *, seconds: float = 10) -> tuple[Part, ...]:
    [bar] = bars([one], since=BEGUN, until=at(seconds))
    return bar.parts


def test_tries_are_pieces_and_what_lies_between_was_waited_for() -> None:
    first, second = Try(1, "failed", at(1), at(2)), Try(2, "completed", at(5), at(6))

    assert parts(row("completed", second, first, finished=6)) == (
        Part(100, 100, "failed", "attempt 1 failed after 1,000 ms, for 1,000 ms"),
        Part(200, 300, "wait", "waited after 2,000 ms, for 3,000 ms"),
        Part(500, 100, "completed", "attempt 2 completed after 5,000 ms, for 1,000 ms"),
    )


def test_what_goes_on_reaches_to_the_end() -> None:
    assert parts(row("waiting", Try(1, "failed", at(0), at(4)))) == (
        Part(0, 400, "failed", "attempt 1 failed after 0 ms, for 4,000 ms"),
        Part(400, 600, "waiting", "waiting after 4,000 ms, for 6,000 ms"),
    )


def test_what_has_not_begun_is_no_piece_and_what_took_no_time_is_still_seen() -> None:
    assert parts(row("pending", started=None)) == ()
    assert bars([row("pending", started=None)], since=BEGUN, until=BEGUN)[0].words == "has not begun"
    [instant] = parts(row("completed", Try(1, "completed", at(10), at(10)), finished=10))
    assert (instant.left, instant.width) == (WIDTH - 1, 1)


def test_clocks_that_differ_stay_within_the_picture() -> None:
    [early] = parts(row("completed", Try(1, "completed", at(-5), at(20)), finished=20))

    assert (early.left, early.left + early.width) == (0, WIDTH)
