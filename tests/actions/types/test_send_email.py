from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult, Effects
from actions.registry import action_types
from tests.actions import mail_server
from tests.actions.conftest import RUN_ID, CallWith
from tests.actions.mail_server import Inbox

HELLO = {"to": "zoe@example.com", "subject": "Hello", "text": "How are you?"}


def perform(params: dict[str, Any], call: ActionCall) -> ActionResult:
    action_type = action_types.get("send_email")
    return action_type.perform(checking.validated(action_type, params), call)


def failure(params: dict[str, Any], call: ActionCall) -> ActionFailedError:
    with pytest.raises(ActionFailedError) as raised:
        perform(params, call)
    return raised.value


def text_of(message: Any) -> str:
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_a_message_arrives_with_its_headers(inbox: Inbox, call: ActionCall) -> None:
    params = {
        **HELLO,
        "subject": "Hé",
        "cc": ["Ann <ann@example.com>"],
        "bcc": "bob@example.com",
        "reply_to": "us@example.com",
    }

    result = perform(params, call)

    (taken,) = inbox.taken
    message = taken.message
    assert taken.sender == "robot@example.com"
    assert taken.recipients == ["zoe@example.com", "ann@example.com", "bob@example.com"]
    assert str(make_header(decode_header(message["Subject"]))) == "Hé"
    assert (message["From"], message["To"], message["Cc"], message["Bcc"], message["Reply-To"]) == (
        "Sequitur <robot@example.com>",
        "zoe@example.com",
        "Ann <ann@example.com>",
        None,
        "us@example.com",
    )
    assert message["X-Sequitur-Run"] == str(RUN_ID)
    assert text_of(message) == "How are you?\r\n"
    assert result.output == {
        "message_id": message["Message-ID"],
        "subject": "Hé",
        "to": ["zoe@example.com"],
        "refused": [],
    }
    assert result.usage == {"emails_sent": 1}
    assert result.request == {
        "to": ["zoe@example.com"],
        "cc": ["Ann <ann@example.com>"],
        "bcc": ["bob@example.com"],
        "reply_to": ["us@example.com"],
        "html": None,
        "subject": "Hé",
        "text": "How are you?",
    }


def test_every_attempt_has_the_same_message_id(inbox: Inbox, call: ActionCall) -> None:
    perform(HELLO, call)
    perform(HELLO, call)

    ids = [taken.message["Message-ID"] for taken in inbox.taken]
    assert ids[0] == ids[1]
    assert ids[0].endswith("@example.com>")


def test_the_email_of_the_requirement_works_as_it_stands(inbox: Inbox, call: ActionCall) -> None:
    params = {
        "to": "zoe@example.com",
        "subject": "Welcome to our platform",
        "template": "welcome_email",
        "variables": {"first_name": "Zoe"},
    }

    perform(params, call)

    message = inbox.taken[0].message
    assert message["Subject"] == "Welcome to our platform"
    assert text_of(message).startswith("Hello Zoe,\r\n")


def test_a_template_brings_its_subject_and_reads_the_names_of_the_run(inbox: Inbox, call_with: CallWith) -> None:
    call = call_with(workflow={"name": "Nightly\nBcc: evil@example.com"}, run={"id": "r1"}, first_name="event's")
    variables = {"action": "greet", "error": {"message": "no answer"}}

    perform({"to": "zoe@example.com", "template": "action_failed", "variables": variables}, call)

    message = inbox.taken[0].message
    assert message["Subject"].replace("\r\n", "") == "Failed: Nightly Bcc: evil@example.com, action greet"
    assert message["Bcc"] is None
    assert "What happened: no answer" in text_of(message)
    assert inbox.taken[0].recipients == ["zoe@example.com"]


def test_html_goes_out_beside_text_that_is_made_from_it(inbox: Inbox, call: ActionCall) -> None:
    perform({"to": "zoe@example.com", "subject": "x", "html": "<p>Hello <b>you</b></p>"}, call)

    _, plain, html = inbox.taken[0].message.walk()
    assert (plain.get_content_type(), text_of(plain).strip()) == ("text/plain", "Hello you")
    assert (html.get_content_type(), text_of(html).strip()) == ("text/html", "<p>Hello <b>you</b></p>")


@pytest.mark.parametrize(
    "address",
    [
        "a@b.c,evil@x.yz", "a@b.cd;evil@x.yz", "a@b.cd evil@x.yz", "a@b.cd\r\nBcc: evil@x.yz", "a@b.cd\nevil@x.yz",
        "A <a@b.cd>, E <evil@x.yz>", "A <a@b.cd> <evil@x.yz>", "<evil@x.yz>a@b.cd", "no address", "", "a@", "@b.cd",
        "a@b.cd\x00", "\"a\" <a@b.cd>, x", "a,b <a@b.cd>", "undisclosed: a@b.cd, evil@x.yz;", "a@b@c.de",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["to", "cc", "bcc", "reply_to"])
def test_two_addresses_in_one_are_refused_everywhere(inbox: Inbox, call: ActionCall, address: str, place: str) -> None:
    error = failure({**HELLO, place: address}, call)
    as_item = failure({**HELLO, place: ["ok@example.com", address]}, call)

    assert (error.code, as_item.code) == ("invalid_parameters", "invalid_parameters")
    assert inbox.taken == []


def test_fifty_recipients_are_the_most(inbox: Inbox, call: ActionCall) -> None:
    many = [f"a{number}@example.com" for number in range(50)]

    perform({**HELLO, "to": many[:25], "cc": many[25:]}, call)
    error = failure({**HELLO, "to": many, "cc": "b@example.com"}, call)

    assert len(inbox.taken[0].recipients) == 50
    assert "more than 50 recipients" in error.message


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"to": "a@example.com", "subject": "x"}, "there is no message"),
        ({"to": "a@example.com", "text": "x"}, "there is no subject"),
        ({"to": [], "subject": "x", "text": "x"}, "at least 1 item"),
        ({"to": "a@example.com", "text": "x", "template": "welcome_email"}, "not both"),
    ],
)
def test_half_a_message_is_refused(call: ActionCall, params: dict[str, Any], reason: str) -> None:
    error = failure(params, call)

    assert error.code == "invalid_parameters"
    assert reason.lower() in error.message.lower()


@pytest.mark.parametrize(
    ("answers", "code", "is_retryable"),
    [
        ({"zoe@example.com": "450 mailbox busy"}, "smtp_refused", True),
        ({"zoe@example.com": "550 no such user"}, "smtp_refused", False),
        ({"MAIL": "451 try later"}, "smtp_refused", True),
        ({"MAIL": "553 not you"}, "smtp_refused", False),
        ({"DATA": "452 disk full"}, "smtp_refused", True),
        ({"DATA": "554 spam"}, "smtp_refused", False),
    ],
)
def test_a_refusal_of_the_server_says_whether_to_try_again(
    inbox: Inbox, call: ActionCall, answers: dict[str, str], code: str, is_retryable: bool
) -> None:
    inbox.answers = answers

    error = failure(HELLO, call)

    assert (error.code, error.is_retryable) == (code, is_retryable)
    assert next(iter(answers.values())) in error.message
    assert error.request is not None
    assert inbox.taken == []


def test_a_recipient_who_is_refused_while_others_are_taken_is_shown(inbox: Inbox, call: ActionCall) -> None:
    inbox.answers = {"ann@example.com": "550 no such user"}

    result = perform({**HELLO, "to": ["zoe@example.com", "ann@example.com"]}, call)

    assert result.output["refused"] == ["ann@example.com"]
    assert inbox.taken[0].recipients == ["zoe@example.com"]


def test_without_a_server_it_may_be_tried_again(inbox: Inbox, call: ActionCall, settings: Settings) -> None:
    settings.EMAIL_PORT = mail_server.free_port()

    error = failure(HELLO, call)

    assert (error.code, error.is_retryable) == ("smtp_unreachable", True)


def test_when_the_connection_is_lost_at_the_end_nobody_knows(inbox: Inbox, call: ActionCall) -> None:
    inbox.hangs_up_on_data = True

    error = failure(HELLO, call)

    assert (error.code, error.is_retryable, error.is_outcome_unknown) == ("outcome_unknown", False, True)
    assert action_types.get("send_email").effects is Effects.ONCE


def test_without_mail_settings_it_goes_into_a_file(call: ActionCall, settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)

    perform(HELLO, call)

    (file,) = tmp_path.iterdir()
    assert "How are you?" in file.read_text()


def test_a_template_that_cannot_be_filled_in_is_a_failure(inbox: Inbox, call: ActionCall) -> None:
    params = {"to": "a@example.com", "template": "welcome_email", "variables": {"first_name": "x" * 1_000_000}}

    error = failure(params, call)

    assert (error.code, error.is_retryable) == ("template_error", False)
    assert inbox.taken == []
