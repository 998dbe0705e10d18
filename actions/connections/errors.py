"""What only a person can mend about a connection."""

from actions.base import ActionFailedError


class AuthorizationNeededError(ActionFailedError):
    """The other side does not renew the credentials any more: somebody has to authorise the connection again."""

    def __init__(self, message: str) -> None:
        super().__init__("connection_expired", message, is_retryable=False)
