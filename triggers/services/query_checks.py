"""What is wrong with the query of a trigger that only PostgreSQL, which knows names and types, can tell."""

from collections.abc import Iterator, Sequence

from core.errors import InvalidError, Problem, SequiturError
from core.expressions import templates
from triggers.engine.sql.errors import InvalidSqlError
from triggers.resolving import Resolved
from triggers.services.querying import running
from triggers.services.querying.errors import QueryFailedError
from triggers.types.sql import Params

_OF_EVENT = "event"  # the name by which a template reaches a column that is called like a reserved name


class ColumnError(InvalidError):
    """The columns of the query do not fit its trigger."""

    code = "invalid_columns"


def problems(resolved: Resolved, *, path: str) -> list[Problem]:
    """What is wrong with a trigger that asks, in the workspace in scope; nothing for the others.

    Nothing, too, while nobody can be asked: that is no fault of the definition, and is said where the trigger is shown.
    """
    params = resolved.params
    if not isinstance(params, Params):
        return []
    try:
        check_columns([each.name for each in running.described(params.query)], params, path=path)
    except (InvalidSqlError, QueryFailedError) as error:
        return [Problem(f"{path}/query", each.code, each.message) for each in error.problems]
    except ColumnError as error:
        return list(error.problems)
    except SequiturError:
        return []
    return []


def check_columns(names: Sequence[str], params: Params, *, path: str = "") -> None:
    """Raises `ColumnError` for two columns of one name, and for a key that names none of them."""
    if twice := sorted({each for each in names if names.count(each) > 1}):
        raise _error(f"{path}/query", f"Two columns of the query are named {twice[0]!r}; name them apart with AS.")
    if unknown := [each for each in _named(params) if each not in names]:
        raise _error(f"{path}/key", f"The query has no column {unknown[0]!r} for its key; it has {', '.join(names)}.")


def _named(params: Params) -> Iterator[str]:
    """The columns that a key cannot do without."""
    yield from params.columns
    for each in templates.references_in("" if params.columns else params.key):
        root = str(each.path.steps[0])
        if not each.is_optional and root != _OF_EVENT:
            yield root


def _error(path: str, message: str) -> ColumnError:
    return ColumnError(message, problems=[Problem(path, ColumnError.code, message)])
