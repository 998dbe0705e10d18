"""Stores that speak S3: requests signed by botocore (AWS Signature Version 4), sent through our own door."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from pydantic import Field, field_validator

from actions import outbound
from actions.base import ActionCall, ActionFailedError
from actions.connections.base import ConnectionPart, Opened
from actions.objects.base import Content, Exchanged, is_key
from actions.outbound import OutboundRequest, OutboundResponse
from core.redaction import Redactor

_META = "x-amz-meta-"
_URL = re.compile(r"https?://[^\s?#@\\]+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{1,40}")


class S3Settings(ConnectionPart):
    """Where the bucket is."""

    base_url: str = Field(max_length=500, description="The endpoint, such as https://s3.eu-west-1.amazonaws.com.")
    region: str = Field("auto", description="The region that requests are signed for; auto for Cloudflare R2.")
    bucket: str = Field(description="The bucket.")
    path_style: bool = Field(True, description="Whether the bucket stands in the path; else in the host's name.")
    prefix: str = Field("", max_length=500, description="What all keys of workflows begin with.")

    @field_validator("base_url", "bucket", "region", "prefix")
    @classmethod
    def _is_one(cls, value: str, info: object) -> str:
        name = str(getattr(info, "field_name", ""))
        if name == "prefix":
            return is_key(value.rstrip("/")) if value else value
        pattern = {"base_url": _URL, "bucket": _BUCKET, "region": _REGION}[name]
        if not pattern.fullmatch(value):
            raise ValueError(f"{value[:100]!r} is no {name.replace('_', ' ')} of a store that speaks S3")
        return value.rstrip("/")


class S3Secrets(ConnectionPart):
    """The key pair."""

    access_key_id: str = Field(min_length=1, max_length=200, description="The access key id.")
    secret_access_key: str = Field(min_length=1, max_length=500, description="The secret access key.")


S3Account = Opened[S3Settings, S3Secrets]


class S3Store:
    """One bucket, or what lies below a prefix of it."""

    def __init__(self, account: S3Account) -> None:
        self._account = account

    def put(self, key: str, content: Content, call: ActionCall) -> Exchanged:
        """See `actions.objects.base.Store`."""
        metadata = {f"{_META}{name}": value for name, value in content.metadata.items()}
        request = self._signed(
            "PUT", key, body=content.body, headers={"content-type": content.content_type, **metadata}
        )
        response = self._send(request, call)
        stored = Content(content.body, content.content_type, content.metadata, _etag(response))
        return Exchanged(stored, request.as_json(call.redactor), response.as_json(call.redactor))

    def get(self, key: str, call: ActionCall) -> Exchanged:
        """See `actions.objects.base.Store`."""
        request = self._signed("GET", key)
        response = self._send(request, call, or_missing=True)
        said = request.as_json(call.redactor), response.as_json(call.redactor)
        if response.status == 404:
            _refuse_missing_bucket(response)
            return Exchanged(None, *said)
        headers = response.headers
        metadata = {name.removeprefix(_META): value for name, value in headers.items() if name.startswith(_META)}
        content_type = headers.get("content-type", "application/octet-stream")
        return Exchanged(Content(response.body, content_type, metadata, _etag(response)), *said)

    def test(self, *, timeout_seconds: float, redactor: Redactor) -> None:
        """Ask whether the bucket is there. Raises `ActionFailedError`."""
        request = self._signed("HEAD", "")
        outbound.call(request, timeout_seconds=timeout_seconds, redactor=redactor)

    def _send(self, request: OutboundRequest, call: ActionCall, *, or_missing: bool = False) -> OutboundResponse:
        return outbound.call(
            request,
            timeout_seconds=call.timeout_seconds,
            redactor=call.redactor,
            is_expected=lambda status: status == 200 or (or_missing and status == 404),
        )

    def _signed(
        self, method: str, key: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> OutboundRequest:
        """The request with its signature, which holds for exactly these bytes, this URL and some minutes."""
        secrets = self._account.secrets
        request = AWSRequest(method=method, url=self._url(key), data=body, headers=dict(headers or {}))
        credentials = Credentials(secrets.access_key_id, secrets.secret_access_key)
        S3SigV4Auth(credentials, "s3", self._account.settings.region).add_auth(request)
        signed = {name: str(value) for name, value in request.headers.items()}
        return OutboundRequest(method=method, url=request.url, headers=signed, body=body or None)

    def _url(self, key: str) -> str:
        """Every byte that is no letter, digit or -._~/ is percent-encoded, as the signature has it."""
        place = self._account.settings
        parts = urlsplit(place.base_url)
        host = parts.netloc if place.path_style else f"{place.bucket}.{parts.netloc}"
        bucket = f"/{place.bucket}" if place.path_style else ""
        path = "/".join(part for part in (place.prefix, key) if part) if key else ""
        return f"{parts.scheme}://{host}{parts.path}{bucket}/{quote(path, safe='/-._~')}"


def _etag(response: OutboundResponse) -> str:
    return response.headers.get("etag", "").strip('"')


def _refuse_missing_bucket(response: OutboundResponse) -> None:
    if "<Code>NoSuchBucket</Code>" in response.text():
        raise ActionFailedError("bucket_not_found", "the store has no such bucket", is_retryable=False)
