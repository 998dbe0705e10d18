import pytest

from actions import messages


@pytest.mark.parametrize("name", ["action_completed", "action_failed", "approval_request", "welcome_email"])
def test_every_message_can_be_sent_without_knowing_anything(name: str) -> None:
    message = messages.render(name, variables={}, context={})

    assert message.subject
    assert message.text.endswith("\n")
    assert "{{" not in message.subject + message.text
    assert name in messages.names()


def test_variables_win_over_the_names_of_the_run() -> None:
    context = {"workflow": {"name": "of the run"}, "message": "of the event"}
    variables = {"workflow": {"name": "mine"}, "message": "Please look"}

    message = messages.render("approval_request", variables=variables, context=context)

    assert message.subject == "Please decide: mine"
    assert message.text.startswith("Please look\n")


@pytest.mark.parametrize("name", ["nope", "", "../base", "welcome_email.txt", "/etc/passwd"])
def test_an_unknown_name_is_refused_and_the_known_ones_listed(name: str) -> None:
    with pytest.raises(messages.UnknownMessageError, match="there are action_completed, action_failed"):
        messages.load(name)
