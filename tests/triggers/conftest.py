"""For tests of events and triggers: the broker."""

from collections.abc import Iterator

import pytest
import redis

from tests import broker


@pytest.fixture
def empty_broker() -> Iterator[redis.Redis]:
    with broker.connect() as client:
        client.flushdb()
        yield client
        client.flushdb()
