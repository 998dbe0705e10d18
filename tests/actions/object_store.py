"""A store on loopback that speaks S3 and checks every signature."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import moto.settings
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from actions.connections.base import Opened
from actions.objects.s3 import S3Account, S3Secrets, S3Settings
from core.ids import new_id

BUCKET = "sequitur-test"
_ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@dataclass(frozen=True)
class Bucket:
    """Where it is, and a key pair for it."""

    port: int
    access_key_id: str
    secret_access_key: str

    def account(self, *, secret: str = "", **changes: object) -> S3Account:
        """A connection to it."""
        place = {"base_url": f"http://127.0.0.1:{self.port}", "region": "us-east-1", "bucket": BUCKET, **changes}
        secrets = S3Secrets(access_key_id=self.access_key_id, secret_access_key=secret or self.secret_access_key)
        return Opened(new_id(), "files", "s3", S3Settings.model_validate(place), secrets)

    def stored(self) -> set[str]:
        """What is in it."""
        return set(s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys.keys())


@contextmanager
def running() -> Iterator[Bucket]:
    """Start it with an empty bucket; it ends with the block."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    people, stores = iam_backends[DEFAULT_ACCOUNT_ID]["aws"], s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    before = moto.settings.INITIAL_NO_AUTH_ACTION_COUNT
    try:
        people.create_user(region_name="us-east-1", user_name="robot")
        people.put_user_policy("robot", "all", _ALL)
        pair = people.create_access_key("robot")
        stores.create_bucket(BUCKET, "us-east-1")
        moto.settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0  # from now on, signatures are checked
        _, port = server.get_host_and_port()
        yield Bucket(port, pair.access_key_id, pair.secret_access_key)
    finally:
        moto.settings.INITIAL_NO_AUTH_ACTION_COUNT = before
        people.reset()
        stores.reset()
        server.stop()
