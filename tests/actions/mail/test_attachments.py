from typing import Any

import pytest
from pydantic import ValidationError

from actions.base import ActionFailedError
from actions.mail import attachments
from actions.mail.attachments import Attachment, File


def made(**fields: Any) -> File:
    return attachments.files([Attachment.model_validate({"filename": "a.txt", **fields})])[0]


@pytest.mark.parametrize(
    ("fields", "content_type", "content"),
    [
        ({"content": "Hé"}, "text/plain", "Hé".encode()),
        ({"filename": "a.json", "json": {"a": [1, None]}}, "application/json", b'{"a":[1,null]}'),
        (
            {"filename": "a.pdf", "content_base64": "AP8="},
            "application/pdf",
            b"\x00\xff",
        ),
        ({"filename": "a.CSV", "csv": [["a", 1], [None, True]]}, "text/csv", b"a,1\r\n,true\r\n"),
        ({"filename": "a.csv", "csv": [{"x": 1}, {"y": "b"}]}, "text/csv", b"x,y\r\n1,\r\n,b\r\n"),
        ({"filename": "a.exe", "content": "x"}, "application/octet-stream", b"x"),
        ({"content": "x", "content_type": "text/csv"}, "text/csv", b"x"),
    ],
)
def test_a_file_is_made_of_what_a_run_has(fields: dict[str, Any], content_type: str, content: bytes) -> None:
    file = made(**fields)

    assert (file.content_type, file.content) == (content_type, content)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\x\\y.txt", "y.txt"), ("a\r\nBcc: x.txt", "aBcc x.txt"),
        ("...", "attachment"),
        (".hidden", "hidden"), ("a\u202etxt.exe", "atxt.exe"), ("x" * 300 + ".csv", "x" * 116 + ".csv"),
        ("/", "attachment"),
        ("Übersicht 2026.pdf", "Übersicht 2026.pdf"), ("a..b", "a.b"), ("a\x00b", "ab"),
    ],
)  # fmt: skip
def test_a_name_is_only_a_name(name: str, safe: str) -> None:
    assert attachments.safe_name(name) == safe


@pytest.mark.parametrize("cell", ["=1+1", "+SUM(1)", "-2+3", "@x", "=cmd|' /C calc'!A0", "%0A", "|x"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert attachments.csv_text([[cell]]).lstrip('"').startswith("'")


@pytest.mark.parametrize("fields", [{}, {"content": "x", "json": 1}, {"content": "x", "content_type": "text/x\r\nA"}])
def test_half_a_file_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**fields)


def test_what_is_no_base64_is_refused() -> None:
    with pytest.raises(ActionFailedError, match=r"attachment 0 \(a\.txt\) is not base64"):
        made(content_base64="%%%")


def test_five_megabytes_are_the_most() -> None:
    half = Attachment(filename="a", content="x" * (attachments.MAX_BYTES // 2))

    assert len(attachments.files([half, half])) == 2
    with pytest.raises(ActionFailedError, match="at most 5,242,880") as raised:
        attachments.files([half, half, Attachment(filename="b", content="x")])
    assert raised.value.code == "invalid_attachment"
