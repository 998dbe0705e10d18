"""Try the failed action of a dead letter again."""

from core.errors import ConflictError
from core.models import DeadLetter
from workflows.models import Run
from workflows.services.repair import retrying


def redrive(letter: DeadLetter, *, by: str, reason: str) -> None:
    """Try the action again, in its run and under its key; where the run took too long, whatever did not complete.

    Raises `ConflictError` where the run cannot be tried again (`retrying.retry`).
    """
    if letter.run_id is None or not Run.objects.filter(pk=letter.run_id).exists():
        raise ConflictError("The run is gone.")
    only = None if letter.source_id == letter.run_id else [letter.source_id]
    retrying.retry(letter.run_id, by=by, reason=reason, action_run_ids=only)
