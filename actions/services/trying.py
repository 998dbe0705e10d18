"""Find out whether a connection works, and keep what was found."""

import traceback
from dataclasses import dataclass

import structlog
from django.utils import timezone

from actions.base import ActionFailedError
from actions.connections.base import TestCall
from actions.models import Connection
from actions.services import renewing, sealing
from core.redaction import Redactor

log = structlog.get_logger(__name__)

TEST_SECONDS = 10.0
MAX_MESSAGE_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """What a test found: a sentence, and for a failure its code ("" when all is well)."""

    message: str
    code: str = ""


def test(row: Connection) -> Found:
    """Test it, within `TEST_SECONDS`, and store what was found. Never raises for a connection that does not work.

    Credentials that are about to end are renewed first, as before an action. Nothing secret is in the answer.
    """
    redactor = Redactor()
    try:
        fresh = renewing.fresh(row, learn=redactor.learn, timeout_seconds=TEST_SECONDS)
        call = TestCall(row.workspace_id, TEST_SECONDS, timezone.now(), redactor)
        found = Found(sealing.type_of(fresh).test(sealing.opened(fresh), call))
    except ActionFailedError as error:
        found = Found(error.message, error.code)
    except Exception as error:  # noqa: BLE001  a type may raise anything; whoever tests is told, without the inside
        shown = redactor.clean_text(traceback.format_exc())
        log.error("test of a connection raised", kind=row.kind, traceback=shown)  # noqa: TRY400  redacted
        found = Found(f"The test failed in a way it does not know: {type(error).__name__}.", "internal")
    found = Found(redactor.clean_text(found.message)[:MAX_MESSAGE_CHARACTERS], found.code)
    problem = {"code": found.code, "message": found.message} if found.code else None
    Connection.objects.filter(pk=row.pk).update(tested_at=timezone.now(), test_error=problem)
    return found
