"""By how much a slot is put off, so that thousands of schedules for nine o'clock do not all start at nine."""

import hashlib
from datetime import datetime, timedelta

MAX_SECONDS = 3600


def fire_at(slot: datetime, following: datetime | None, *, key: str, seconds: int) -> datetime:
    """When a slot fires: up to `seconds` late, always the same for the same key (a schedule's id) and slot.

    It is put off by less than the time until the slot that follows, so slots never overtake each other.
    """
    most = timedelta(seconds=seconds)
    if following is not None:
        most = min(most, following - slot)
    digest = hashlib.blake2b(f"{key}/{slot.timestamp()}".encode(), digest_size=6).digest()
    return slot + most * (int.from_bytes(digest) / 2**48)
