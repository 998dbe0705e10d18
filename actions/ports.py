"""The road up: who knows what uses a connection or a message template. Apps above fill it when Django is ready; this
app imports none.
"""

from collections.abc import Callable, Sequence

Users = Callable[[str], Sequence[str]]
"""What of the workspace in scope uses the thing of this name, each in words: "the workflow 'Greet'"."""

_users: list[Users] = []
_message_users: list[Users] = []


def connect_users(users: Users) -> None:
    """Ask `users` too before a connection is deleted or renamed. Connecting the same again changes nothing."""
    if users not in _users:
        _users.append(users)


def users_of(name: str) -> list[str]:
    """Everything that uses the connection of this name."""
    return [found for users in _users for found in users(name)]


def connect_message_users(users: Users) -> None:
    """Ask `users` too before a message template is deleted. Connecting the same again changes nothing."""
    if users not in _message_users:
        _message_users.append(users)


def users_of_message(name: str) -> list[str]:
    """Everything that uses the message template of this name."""
    return [found for users in _message_users for found in users(name)]
