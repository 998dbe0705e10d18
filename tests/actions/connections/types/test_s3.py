from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from actions.base import ActionFailedError
from actions.connections.base import TestCall
from actions.connections.registry import connection_types
from core.ids import new_id
from core.redaction import Redactor
from tests.actions import object_store
from tests.actions.object_store import Bucket

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with object_store.running() as running:
        yield running


@pytest.fixture
def call() -> TestCall:
    return TestCall(new_id(), timeout_seconds=5, now=datetime.now(UTC), redactor=Redactor())


def test_a_test_says_that_the_bucket_answers(bucket: Bucket, call: TestCall) -> None:
    assert connection_types.get("s3").test(bucket.account(), call) == "The bucket 'sequitur-test' answers."


@pytest.mark.parametrize(("changes", "status"), [({"bucket": "no-such-bucket"}, 404), ({"secret": "wrong"}, 403)])
def test_a_test_says_why_it_fails(bucket: Bucket, call: TestCall, changes: dict[str, str], status: int) -> None:
    with pytest.raises(ActionFailedError, match=f"the answer was {status}"):
        connection_types.get("s3").test(bucket.account(**changes), call)
