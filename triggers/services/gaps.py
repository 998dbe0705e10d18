"""When a trigger did not listen: what it waited for may have come meanwhile, so clocks that ran then are worth nothing.

A publication that leaves a trigger as it is ends its subscription and begins the next in the same generation: no gap.
"""

from datetime import datetime
from functools import lru_cache
from typing import cast
from uuid import UUID

from django.db import connection

# With the same detector only: another one has states of its own.
_LAST = """
SELECT max(gone.ended_at) FROM triggers_subscription AS own
JOIN triggers_subscription AS gone
    ON gone.trigger_id = own.trigger_id AND gone.until <= own.since AND gone.detector = own.detector
WHERE own.id = %s AND NOT EXISTS (
    SELECT 1 FROM triggers_subscription AS next
    WHERE next.trigger_id = gone.trigger_id AND next.since = gone.until AND next.detector = gone.detector)
"""


@lru_cache(maxsize=10_000)
def before(subscription_id: UUID) -> datetime | None:
    """When the last time began that its trigger did not listen, before this subscription; None if it always did.

    What is past does not change, so a process asks once for each subscription.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [subscription_id])
        return cast("datetime | None", (cursor.fetchone() or (None,))[0])
