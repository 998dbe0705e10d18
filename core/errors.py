"""The tree of errors that people see. The docstring of a class is its default message; `code` never changes."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document.

    `path` is a JSON pointer into the document (RFC 6901, "" is the whole), `code` a stable word, and `message` says
    what was found, what was expected and what to do.
    """

    path: str
    code: str
    message: str


class SequiturError(Exception):
    """Something went wrong."""

    code: str = "error"
    status: int = 500
    retry_after_seconds: float | None = None  # for those that pass by themselves

    def __init__(self, detail: str | None = None, *, problems: Sequence[Problem] = ()) -> None:
        self.detail = detail or (self.__doc__ or "").strip()
        self.problems = tuple(problems)
        super().__init__(self.detail)


class InvalidError(SequiturError):
    """The request is not valid."""

    code = "invalid"
    status = 400


class MalformedError(InvalidError):
    """The document cannot be read."""

    code = "malformed"


class TooLargeError(SequiturError):
    """The document is larger than is accepted."""

    code = "too_large"
    status = 413


class UnauthenticatedError(SequiturError):
    """Say who you are: send an API key as `Authorization: Bearer sq_...`."""

    code = "unauthenticated"
    status = 401


class ForbiddenError(SequiturError):
    """Your role does not allow this."""

    code = "forbidden"
    status = 403


class NotFoundError(SequiturError):
    """There is no such thing in this workspace."""

    code = "not_found"
    status = 404


class ConflictError(SequiturError):
    """It contradicts what is already there."""

    code = "conflict"
    status = 409
