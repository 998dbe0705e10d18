import pytest

from actions import mail


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
