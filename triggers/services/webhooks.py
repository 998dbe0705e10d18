"""Turn a request to a webhook's URL into an event: verified over its raw bytes first, read only then."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone
from pydantic import ValidationError

from core import documents, limits, tenancy
from core.errors import MalformedError, SequiturError
from core.secret_box import UnreadableSecretError
from core.services import secrets
from triggers.engine import bodies, requests
from triggers.engine.incoming import IncomingEvent
from triggers.models import Hook
from triggers.ports import Answer
from triggers.services import answering, hooks, ingest
from triggers.types.webhook import DEFAULT_EVENT, Params
from triggers.verification import proofs
from triggers.verification.base import Delivery, Refused, Verified

log = structlog.get_logger(__name__)

MAX_ID_CHARACTERS = 255
MAX_CHALLENGE_CHARACTERS = 1000


class RefusedError(SequiturError):
    """This request does not prove that it comes from somebody who may send here."""

    code = "not_verified"
    status = 401

    def __init__(self, reason: str) -> None:
        """`reason` is for us; the sender is told the same whatever it is."""
        super().__init__()
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived: header names in lower case, the query and the body as they were sent."""

    method: str
    headers: Mapping[str, str]
    query: str
    body: bytes = b""


def receive(hook: Hook, request: Request) -> Answer:
    """Store the request's event, once for each delivery of the sender, and say what the sender is told.

    Raises `RefusedError`, the same whatever was wrong with the proof; `MalformedError` and `MappingError` for a genuine
    request that no event can be made of, or which does not fit its schema; `QuotaExceededError` for one too many on a
    day. Then nothing is stored but the reason (`Hook.last_refusal`).
    """
    now = timezone.now()
    with tenancy.scope(hook.workspace_id):
        try:
            params = _params(hook)
            verified = _verified(hook, request, params=params, now=now)
            body = _body(request)
            if (answer := params.verification.how.handshake(body)) is not None:
                return Answer(200, answer)
            incoming = _event(hook, request, params=params, body=body, delivery_id=verified.delivery_id)
            most = limits.of(hook.workspace.limits).max_events_per_day
            accepted = ingest.accept(incoming, workspace=hook.workspace, max_per_day=most)
        except SequiturError as error:
            _note(hook, error, now=now)
            raise
        hooks.count_accepted(hook, is_duplicate=accepted.duplicate, now=now)
        return answering.answer(accepted, trigger=hook.trigger, params=params)


def challenge(hook: Hook, request: Request) -> Answer | None:
    """Answer Meta's handshake; None for a hook that is not set up for one, or a request that is none.

    Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
    Raises `RefusedError` for another token.
    """
    params = _params(hook)
    query = bodies.fields(request.query)
    asked = query.get("hub.challenge")
    if params.challenge is None or query.get("hub.mode") != "subscribe" or not isinstance(asked, str):
        return None
    with tenancy.scope(hook.workspace_id):
        known = secrets.reveal(params.challenge.verify_token).values()
        if not proofs.is_any([str(query.get("hub.verify_token", ""))], of=known):
            error = RefusedError("the verify token of the handshake is none of the secrets")
            _note(hook, error, now=timezone.now())
            raise error
    return Answer(200, asked[:MAX_CHALLENGE_CHARACTERS])


def _note(hook: Hook, error: SequiturError, *, now: datetime) -> None:
    reason = error.reason if isinstance(error, RefusedError) else error.detail
    hooks.count_refused(hook, reason=reason, now=now)
    log.info("webhook refused", hook_id=str(hook.pk), trigger_id=str(hook.trigger_id), code=error.code, reason=reason)


def _params(hook: Hook) -> Params:
    try:
        return Params.model_validate(hook.trigger.params)
    except ValidationError:  # published before a scheme was taken away
        raise RefusedError("the parameters of the trigger are not valid any more; publish its workflow again") from None


def _verified(hook: Hook, request: Request, *, params: Params, now: datetime) -> Verified:
    how, names = params.verification.how, params.verification.secret
    try:
        found = secrets.reveal(names)
    except UnreadableSecretError as error:
        raise RefusedError(error.detail) from None
    known = [found[name] for name in names if name in found]
    if names and not known:
        raise RefusedError(f"the workspace has no secret {names[0]!r} any more")
    delivery = Delivery(request.body, request.headers, now)
    verdict = how.verify(delivery, rules=params.verification.rules, secrets=known)
    if isinstance(verdict, Refused):
        raise RefusedError(verdict.reason)
    return verdict


def _body(request: Request) -> Any:
    content_type = request.headers.get("content-type", "")
    return bodies.parse(request.body, content_type=content_type, max_bytes=settings.SEQUITUR_MAX_EVENT_BYTES)


def _event(hook: Hook, request: Request, *, params: Params, body: Any, delivery_id: str) -> IncomingEvent:
    if any(documents.UNSTORABLE.search(value) for value in request.headers.values()):
        raise MalformedError("A header has a character that cannot be stored.")
    headers = requests.kept_headers(request.headers, besides=params.verification.header)
    query = requests.kept_query(bodies.fields(request.query))
    kept: dict[str, Any] = {"method": request.method, "headers": headers, "query": query}
    names = {**kept, "body": body}
    return IncomingEvent(
        type=requests.event_type(params.event, names) if params.event else DEFAULT_EVENT,
        data=requests.event_data(params.data, names, max_bytes=settings.SEQUITUR_MAX_EVENT_BYTES),
        id=_short(delivery_id),
        source=f"webhook:{hook.trigger_id}",
        request=kept,
        addressee=hook.trigger_id,
        is_public=bool(params.event),
    )


def _short(delivery_id: str) -> str:
    """The id as it is, or what stands for one that no column takes."""
    if len(delivery_id) <= MAX_ID_CHARACTERS and not documents.UNSTORABLE.search(delivery_id):
        return delivery_id
    return hashlib.sha256(delivery_id.encode("utf-8", "replace")).hexdigest()
