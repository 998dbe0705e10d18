"""Why a query has no answer."""

from core.errors import InvalidError, SequiturError


class NotEnabledError(SequiturError):
    """SQL over events is not enabled on this server: an operator sets SEQUITUR_QUERY_DATABASE_URL, the login of a role
    of its own, and runs `manage.py query_role --apply`."""

    code = "queries_not_enabled"
    status = 503


class UnavailableError(SequiturError):
    """The database does not take queries over events now; try again."""

    code = "unavailable"
    status = 503
    retry_after_seconds = 5


class TooManyQueriesError(SequiturError):
    """As many queries run, or ran in this minute, as may; try again."""

    code = "too_many_queries"
    status = 429

    def __init__(self, detail: str, *, retry_after_seconds: float) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class QueryTimeoutError(InvalidError):
    """The query took too long and was ended. Say from when on (received_at >= ...), or select less."""

    code = "query_timeout"


class QueryFailedError(InvalidError):
    """The query failed while it ran."""

    code = "query_failed"
