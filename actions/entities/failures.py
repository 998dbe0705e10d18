"""What goes wrong with records, as an action says it. None of it passes by itself."""

from actions.base import ActionFailedError


def failed(code: str, message: str) -> ActionFailedError:
    """A failure that the same call would meet again."""
    return ActionFailedError(code, message, is_retryable=False)
