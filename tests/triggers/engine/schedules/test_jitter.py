"""By how much slots are put off."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from triggers.engine.schedules import jitter

SLOT = datetime(2026, 1, 1, 9, tzinfo=UTC)


@settings(deadline=None)  # the machine may be busy
@given(key=st.text(), seconds=st.integers(0, 3600), gaps=st.lists(st.integers(5, 7200), min_size=2, max_size=20))
def test_slots_are_put_off_and_never_overtake_each_other(key: str, seconds: int, gaps: list[int]) -> None:
    slots = [SLOT + timedelta(seconds=sum(gaps[:number])) for number in range(len(gaps))]
    pairs = list(zip(slots, [*slots[1:], None], strict=True))

    found = [jitter.fire_at(slot, following, key=key, seconds=seconds) for slot, following in pairs]

    assert found == sorted(set(found))
    assert all(timedelta() <= at - slot <= timedelta(seconds=seconds) for at, slot in zip(found, slots, strict=True))


def test_a_slot_is_put_off_by_the_same_each_time_and_schedules_by_different_times() -> None:
    found = [jitter.fire_at(SLOT, None, key=str(number), seconds=600) for number in range(1000)]

    assert found == [jitter.fire_at(SLOT, None, key=str(number), seconds=600) for number in range(1000)]
    spread = [sum(at < SLOT + timedelta(seconds=60 * part) for at in found) for part in range(11)]
    assert all(abs(number - 100 * part) < 60 for part, number in enumerate(spread))
