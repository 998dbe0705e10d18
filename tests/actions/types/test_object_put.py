import base64
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from actions import checking
from actions.base import ActionCall, ActionFailedError
from actions.connections.base import Opened
from actions.registry import action_types
from actions.services import connections
from core.models import Workspace
from tests.actions import object_store
from tests.actions.object_store import Bucket
from tests.actions.opening import OneConnection
from tests.cases import load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed", "scope")]

KEYS = [
    "plain.txt", "a b/c d.txt", "a+b.txt", "50%25 off.txt", "%2e%2e/x", "Zoë/日本語/🎉.json", "q?a=1&b=2#c", "a/b",
    "back\\slash", "~tilde_-.", "a'b\"c<d>", "..hidden/...", "CON", "A", "a", "\u00e9", "e\u0301", "a=b;c,d:e@f!$*()[]",
]  # fmt: skip


class Files:
    """Puts and gets with one call."""

    def __init__(self, call: ActionCall, account: Opened[Any, Any] | None = None) -> None:
        self.call = replace(call, connections=OneConnection(account, call.redactor)) if account else call
        self.named: dict[str, Any] = {"connection": "files"} if account else {}

    def put(self, key: str, content: Any, **params: Any) -> dict[str, Any]:
        return self._perform("object_put", {"key": key, "content": content, **params})

    def get(self, key: str, **params: Any) -> dict[str, Any]:
        return self._perform("object_get", {"key": key, **params})

    def _perform(self, name: str, params: dict[str, Any]) -> dict[str, Any]:
        action_type = action_types.get(name)
        return action_type.perform(checking.validated(action_type, {**self.named, **params}), self.call).output


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with object_store.running() as running:
        yield running


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.SEQUITUR_OBJECTS_PATH = str(tmp_path / "objects")
    return tmp_path / "objects"


@pytest.fixture(params=["s3", "local_folder"])
def files(request: pytest.FixtureRequest, bucket: Bucket, folder: Path, call: ActionCall) -> Files:
    return Files(call, bucket.account() if request.param == "s3" else None)


@pytest.mark.parametrize(
    ("content", "params", "read"),
    [
        ("Zoë", {}, {"content": "Zoë", "content_type": "text/plain; charset=utf-8", "size": 4}),
        ({"a": [1]}, {"content_format": "json"}, {"content": {"a": [1]}, "content_type": "application/json"}),
        ([None], {}, {"content": [None]}),
        (base64.b64encode(bytes(range(256))).decode(), {"content_format": "base64"}, {"size": 256}),
        ("", {}, {"content": "", "size": 0, "found": True}),
        ("a,b", {"content_type": "text/csv", "metadata": {"Made-By": "a  b"}}, {"content_type": "text/csv"}),
    ],
    ids=str,
)
def test_what_was_put_is_got(files: Files, content: Any, params: dict[str, Any], read: dict[str, Any]) -> None:
    wanted = params.get("content_format", "text" if isinstance(content, str) else "json")

    put = files.put("reports/a.bin", content, **params)
    got = files.get("reports/a.bin", content_format=wanted)

    assert got["content"] == content
    assert {name: got[name] for name in read} == read
    assert (got["etag"], got["size"]) == (put["etag"], put["size"])
    assert set(got["metadata"]) == {name.lower() for name in params.get("metadata", {})}


def test_keys_of_all_kinds_are_told_apart(files: Files) -> None:
    for number, key in enumerate(KEYS):
        files.put(key, f"{number}")

    assert [files.get(key)["content"] for key in KEYS] == [f"{number}" for number in range(len(KEYS))]


def test_naughty_texts_are_keys_or_refused_and_content_comes_back_equal(files: Files) -> None:
    refused = 0
    for text in load("hostile/blns.json")[::5]:
        try:
            files.put(text, text)
        except ActionFailedError as error:
            assert error.code in {"invalid_parameters", "invalid_url"}  # noqa: PT017  either is well
            refused += 1
        else:
            assert files.get(text)["content"] == text
    files.put("all", load("hostile/blns.json"))

    assert files.get("all", content_format="json")["content"] == load("hostile/blns.json")
    assert refused < 20


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../x", "a/../b", "a/..", ".", "a//b", "a/", "a\x00b", "a\nb", "x" * 1025, "é" * 513],
    ids=lambda key: ascii(key)[:20],
)  # fmt: skip
def test_a_key_that_could_lead_elsewhere_is_refused(files: Files, key: str) -> None:
    with pytest.raises(ActionFailedError) as of_put:
        files.put(key, "x")
    with pytest.raises(ActionFailedError) as of_get:
        files.get(key)

    assert of_put.value.code == of_get.value.code == "invalid_parameters"


def test_what_is_not_there_is_told(files: Files) -> None:
    with pytest.raises(ActionFailedError, match="nothing under the key") as raised:
        files.get("nope")

    assert raised.value.code == "not_found"
    assert files.get("nope", on_missing="continue")["found"] is False


@pytest.mark.parametrize(
    "params",
    [
        {"content": "x" * (1024 * 1024 + 1)}, {"content": "not base64!", "content_format": "base64"},
        {"content": 1, "content_format": "text"}, {"content": "x", "content_type": "a\r\nb"},
        {"content": "x", "metadata": {"a b": "c"}}, {"content": "x", "metadata": {"a": "é"}},
        {"content": "x", "metadata": {"a": "b\n"}}, {"content": float("nan")},
    ],
    ids=lambda params: str(params)[:40],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused(files: Files, params: dict[str, Any]) -> None:
    with pytest.raises(ActionFailedError) as raised:
        files.put("k", **params)

    assert raised.value.code == "invalid_parameters"


def test_bytes_that_are_no_text_are_got_in_base64(files: Files) -> None:
    files.put("k", "/wA=", content_format="base64")

    with pytest.raises(ActionFailedError, match="base64"):
        files.get("k")
    with pytest.raises(ActionFailedError, match="not json"):
        files.get("k", content_format="json")
    assert files.get("k", content_format="base64")["content"] == "/wA="


def test_a_megabyte_is_stored_and_read(files: Files) -> None:
    files.put("large", "x" * 1024 * 1024)

    assert files.get("large")["size"] == 1024 * 1024


def test_a_signature_by_another_secret_is_refused_and_no_secret_is_told(bucket: Bucket, call: ActionCall) -> None:
    with pytest.raises(ActionFailedError, match="SignatureDoesNotMatch") as raised:
        Files(call, bucket.account(secret="another-c4n4ry")).put("k", "x")

    assert (raised.value.code, raised.value.is_retryable) == ("http_status", False)
    assert "c4n4ry" not in f"{raised.value.request}{raised.value.response}{raised.value.message}"


def test_keys_stand_below_the_prefix(bucket: Bucket, call: ActionCall) -> None:
    Files(call, bucket.account(prefix="tenants/a b/")).put("x+y", "1")

    assert "tenants/a b/x+y" in bucket.stored()


def test_a_bucket_that_is_not_there_is_no_missing_key(bucket: Bucket, call: ActionCall) -> None:
    with pytest.raises(ActionFailedError) as raised:
        Files(call, bucket.account(bucket="no-such-bucket")).get("k", on_missing="continue")

    assert raised.value.code == "bucket_not_found"


@pytest.mark.parametrize(
    "changes",
    [{"base_url": "ftp://x"}, {"base_url": "http://a@b"}, {"base_url": "http://x/?y"}, {"bucket": "a/b"},
     {"bucket": "UP"}, {"prefix": "a/../b"}, {"region": "a b"}],
)  # fmt: skip
def test_settings_that_lead_elsewhere_are_refused(bucket: Bucket, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        bucket.account(**changes)


def test_the_only_connection_is_meant_when_none_is_named(scope: Workspace, call: ActionCall, folder: Path) -> None:
    connections.create(name="files", kind="local_folder", settings_={"folder": "exports"}, secrets={})
    Files(replace(call, connections=connections.Opener(lambda _: None))).put("k", "x")

    assert [path.parent.name for path in folder.rglob("*") if path.is_file()] == ["exports"]


def test_files_stay_in_the_folder_of_the_workspace(call: ActionCall, folder: Path) -> None:
    for key in KEYS:
        Files(call).put(key, "x")

    assert {path.parent for path in folder.rglob("*") if path.is_file()} == {
        folder / str(call.workspace_id) / "default"
    }


def test_a_symbolic_link_in_the_place_of_a_file_is_not_followed(call: ActionCall, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b'{"content_type": "x", "metadata": {}}\nsecret')
    Files(call).put("k", "x")
    [file] = [path for path in folder.rglob("*") if path.is_file()]
    file.unlink()
    file.symlink_to(outside)

    with pytest.raises(ActionFailedError) as raised:
        Files(call).get("k")
    Files(call).put("k", "y")

    assert raised.value.code == "storage_failed"
    assert outside.read_bytes().endswith(b"secret")
    assert Files(call).get("k")["content"] == "y"


def test_more_than_the_workspace_may_keep_is_refused(call: ActionCall, folder: Path, settings: Settings) -> None:
    settings.SEQUITUR_MAX_LOCAL_OBJECT_BYTES = 1000
    Files(call).put("k", "x" * 700)

    with pytest.raises(ActionFailedError) as raised:
        Files(call).put("other", "x" * 700)
    Files(call).put("k", "y" * 700)

    assert (raised.value.code, raised.value.is_retryable) == ("storage_full", False)
    assert Files(call).get("k")["content"] == "y" * 700


def test_an_object_that_could_not_be_written_leaves_the_old_one(
    call: ActionCall, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Files(call).put("k", "old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ActionFailedError, match="no space left"):
        Files(call).put("k", "new")

    assert Files(call).get("k")["content"] == "old"
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1
