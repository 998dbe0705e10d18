"""`s3`: a bucket of a store that speaks S3 (Amazon, Cloudflare R2, MinIO, Ceph and others)."""

from actions.connections.base import ConnectionType, TestCall
from actions.connections.registry import register
from actions.objects.s3 import S3Account, S3Secrets, S3Settings, S3Store


class S3(ConnectionType[S3Settings, S3Secrets]):
    """A bucket and a key pair. Requests are signed; the secret itself is never sent."""

    key = "s3"
    title = "S3 bucket"
    description = "A bucket for object_put and object_get, at any store that speaks S3."
    icon = "archive"
    settings_model = S3Settings
    secrets_model = S3Secrets

    def test(self, opened: S3Account, call: TestCall) -> str:
        S3Store(opened).test(timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        return f"The bucket {opened.settings.bucket!r} answers."


register(S3())
