from datetime import UTC, datetime, timedelta

from core import ids


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = ids.new_id()

    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_sorting_by_id_is_sorting_by_age() -> None:
    made = [ids.new_id() for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == 10_000


def test_the_first_id_of_an_instant_lies_between_those_made_before_and_after() -> None:
    before = ids.new_id()
    now = datetime.now(UTC) + timedelta(milliseconds=2)

    assert before < ids.first_at(now) < ids.first_at(now + timedelta(milliseconds=1))
    assert ids.first_at(now - timedelta(seconds=1)) < before
    assert ids.first_at(now).version == 7
    assert ids.first_at(datetime(1, 1, 1, tzinfo=UTC)).int >> 80 == 0


def test_floor_and_ceiling_leave_a_margin_and_stand_still_at_the_ends_of_time() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    first, last = (each.replace(tzinfo=UTC) for each in (datetime.min, datetime.max))  # noqa: DTZ901

    assert ids.floor(noon) == ids.first_at(noon - timedelta(minutes=1))
    assert ids.ceiling(noon) == ids.first_at(noon + timedelta(minutes=1))
    assert (ids.floor(first), ids.ceiling(last)) == (ids.first_at(first), ids.first_at(last))
