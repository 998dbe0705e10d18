"""What goes wrong when a condition is compiled."""

from core.errors import InvalidError


class InvalidConditionError(InvalidError):
    """The condition is not valid; `problems` say why."""

    code = "invalid_condition"
