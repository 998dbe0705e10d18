"""Let a person agree at the other side that we act for them: send them there, and take the tokens when they come back.

What comes back is a stranger's request without an API key. Its `state` proves that it belongs to an authorisation of
ours: signed, good for ten minutes, for one connection of one workspace, and for one use. Where a person in a browser
session began it, the same person has to come back: nobody else's agreement is taken for theirs. The verifier (PKCE)
stays here, encrypted, so a code that was seen on the way is worth nothing.
"""

import json
import secrets as random
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils import timezone

from actions.base import ActionFailedError
from actions.connections import oauth
from actions.connections.base import TestCall
from actions.connections.oauth import OAuthConnectionType
from actions.models import Connection
from actions.services import renewing, sealing
from core import tenancy
from core.errors import ConflictError, SequiturError
from core.redaction import Redactor
from core.secret_box import UnreadableSecretError
from core.services import audit

STATE_SECONDS = 600
EXCHANGE_SECONDS = 15.0
SALT = "actions.connections.oauth"
SESSION = "user "  # how the name of a caller from a browser session begins


class InvalidStateError(SequiturError):
    """This authorisation is not known, was used, was replaced by a newer one, or took too long. Begin it again."""

    code = "invalid_state"
    status = 400


class AuthorizationRefusedError(SequiturError):
    """The other side did not agree. Begin the authorisation again."""

    code = "authorization_refused"
    status = 400


def begin(row: Connection, *, redirect_uri: str, by: str) -> str:
    """The URL where a person agrees. An earlier authorisation that was not finished ends with it.

    Raises `ConflictError` for a connection that nobody has to agree to, and for one that cannot be read.
    """
    try:
        found = sealing.type_of(row)
        client = found.client(sealing.opened(row)) if isinstance(found, OAuthConnectionType) else None
    except ActionFailedError as error:
        raise ConflictError(f"It cannot be authorised: {error.message}.") from None
    if client is None or not client.is_interactive:
        raise ConflictError(f"The connection {row.name!r} needs nobody's agreement: its credentials are stored.")
    nonce, verifier = random.token_urlsafe(16), random.token_urlsafe(48)
    pending = {"nonce": nonce, "verifier": verifier, "redirect_uri": redirect_uri, "by": by}
    token = sealing.box().encrypt(json.dumps(pending), owner=_owner(row))
    Connection.objects.filter(pk=row.pk).update(pending_authorization=token)
    state = signing.dumps({"w": str(row.workspace_id), "c": str(row.pk), "n": nonce}, salt=SALT)
    return oauth.authorize_url(client, redirect_uri=redirect_uri, state=state, verifier=verifier)


def finish(*, state: str, code: str, error: str, by: str) -> Connection:
    """Store the tokens for the `code` that a person brought back; `by` is the caller of the browser's session, if any.

    Raises `InvalidStateError`, and `AuthorizationRefusedError` when the other side said no, in `error` or to the code.
    Concurrency: the state is used up before the code is exchanged, so of two requests at once one goes on.
    """
    try:
        said = signing.loads(state, salt=SALT, max_age=STATE_SECONDS)
        workspace_id, pk = UUID(said["w"]), UUID(said["c"])
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise InvalidStateError from None
    with tenancy.scope(workspace_id):
        row = Connection.objects.filter(pk=pk).exclude(pending_authorization="").first()
        pending = _take(row, nonce=str(said.get("n")), by=by) if row else None
        if row is None or pending is None:
            raise InvalidStateError
        if error or not code:
            raise AuthorizationRefusedError(f"The other side did not agree: {(error or 'no code')[:100]}.")
        return _exchange(row, pending, code=code)


def _take(row: Connection, *, nonce: str, by: str) -> dict[str, Any] | None:
    """What was kept of the authorisation, which is used up by this; None when the state is of another."""
    try:
        pending: dict[str, Any] = json.loads(sealing.box().decrypt(row.pending_authorization, owner=_owner(row)))
    except UnreadableSecretError:
        return None
    if not random.compare_digest(pending["nonce"].encode(), nonce.encode()):
        return None
    if pending["by"].startswith(SESSION) and pending["by"] != by:
        return None
    rows = Connection.objects.filter(pk=row.pk, pending_authorization=row.pending_authorization)
    return pending if rows.update(pending_authorization="") else None


def _exchange(row: Connection, pending: dict[str, Any], *, code: str) -> Connection:
    try:
        found, opened = sealing.type_of(row), sealing.opened(row)
        redactor = Redactor([code, pending["verifier"], *sealing.secret_values(row, opened)])
        if not isinstance(found, OAuthConnectionType):
            raise InvalidStateError
        renewed = found.exchange(
            opened,
            TestCall(row.workspace_id, EXCHANGE_SECONDS, timezone.now(), redactor),
            code=code,
            verifier=pending["verifier"],
            redirect_uri=pending["redirect_uri"],
        )
    except ActionFailedError as error:
        raise AuthorizationRefusedError(f"No tokens were given: {error.message}.") from None
    with transaction.atomic():
        stored = renewing.store(row, renewed)
        after = {"name": row.name, "kind": row.kind}
        audit.record("connection.authorized", by=pending["by"], target="connection", target_id=row.pk, after=after)
    return stored


def _owner(row: Connection) -> str:
    return f"{sealing.owner(row)}/authorization"
