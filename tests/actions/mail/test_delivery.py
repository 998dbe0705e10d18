import pytest

from actions import mail
from tests.actions.conftest import RUN_ID
from tests.actions.mail_server import Inbox


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a@example.com", "a@example.com"),
        ("  a@example.com ", "a@example.com"),
        ("root@localhost", "root@localhost"),
        ("Ann <ann@example.com>", "Ann <ann@example.com>"),
        ("Dr. Ann (MD) <ann@example.com>", '"Dr. Ann (MD)" <ann@example.com>'),
        ("<ann@example.com>", "ann@example.com"),
        ("Zoë <zoe@example.com>", "=?utf-8?q?Zo=C3=AB?= <zoe@example.com>"),
    ],
)
def test_one_mailbox_is_written_as_a_header_has_it(text: str, written: str) -> None:
    assert mail.check_mailbox(text) == written


def test_the_message_id_says_nothing_about_the_key() -> None:
    assert mail.message_id("run:greet:0") == mail.message_id("run:greet:0")
    assert mail.message_id("run:greet:0") != mail.message_id("run:greet:1")
    assert "greet" not in mail.message_id("run:greet:0")


def test_a_message_is_sent_with_its_headers_the_same_each_time(inbox: Inbox) -> None:
    for _ in range(2):
        refused = mail.send(
            to=["Ann <ann@example.com>", "bob@example.com"],
            subject="Decide\nBcc: evil@example.com",
            text="Please.",
            idempotency_key="k1",
            run_id=RUN_ID,
        )
        assert refused == []

    first, second = (taken.message for taken in inbox.taken)
    assert first["Message-ID"] == second["Message-ID"] == mail.message_id("k1")
    assert inbox.taken[0].recipients == ["ann@example.com", "bob@example.com"]
    assert first["Subject"] == "Decide Bcc: evil@example.com"
    assert (first["X-Sequitur-Run"], first["Auto-Submitted"]) == (str(RUN_ID), "auto-generated")
