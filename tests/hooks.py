"""Workflows with a webhook, and requests to it as providers send them."""

import base64
import hashlib
import hmac
import json
from typing import Any

from django.test import Client

from core import signing, tenancy
from core.models import Workspace
from core.services import secrets
from tests import factories, runner
from triggers.models import Event, Hook
from triggers.services import matching

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

CLIENT = Client()  # one for all: each loads the middleware anew


def published(workspace: Workspace, *actions: dict[str, Any], name: str = "Hooked", **params: Any) -> Hook:
    """The hook of an active workflow whose only trigger is a webhook with these parameters."""
    trigger = {"type": "webhook", "params": params}
    workflow = factories.published(workspace, factories.definition(*actions, name=name, triggers=[trigger]))
    with tenancy.scope(workspace.pk):
        return Hook.objects.select_related("trigger").get(trigger__workflow=workflow)


def verified(workspace: Workspace, scheme: str, *actions: dict[str, Any], secret: str = SECRET, **params: Any) -> Hook:
    """The same, verified by `scheme` with this secret, which is stored; `rules` go beside it."""
    store(workspace, hook_key=secret)
    rules = params.pop("rules", {})
    verification = {"scheme": scheme, "secret": "{{secrets.hook_key}}", **rules}
    return published(workspace, *actions, verification=verification, **params)


def store(workspace: Workspace, **values: str) -> None:
    with tenancy.scope(workspace.pk):
        for name, value in values.items():
            secrets.put(name=name, value=value)


def post(hook: Hook, body: Any = None, **headers: str) -> Any:
    """A request with this body, as JSON unless it is bytes; underscores in header names stand for hyphens."""
    raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content_type = named.pop("content-type", "application/json")
    return CLIENT.post(url(hook), raw, content_type=content_type, headers=named)


def url(hook: Hook) -> str:
    return f"/hooks/{hook.public_id}/"


def events(workspace: Workspace) -> list[Event]:
    with tenancy.scope(workspace.pk):
        return list(Event.objects.order_by("id"))


def refreshed(hook: Hook) -> Hook:
    with tenancy.unscoped("tests look at everything"):
        hook.refresh_from_db()
    return hook


def work(workspace: Workspace) -> None:
    """Let all events be decided, and what they start be done."""
    matching.match_many([event.pk for event in events(workspace)])
    runner.drain()


def digest(message: bytes, secret: str = SECRET, algorithm: str = "sha256") -> bytes:
    return hmac.new(secret.encode(), message, getattr(hashlib, algorithm)).digest()


def standard_webhooks(body: bytes, secret: str, at: int, *, id_: str = "msg_1") -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix(signing.SECRET_PREFIX))
    signed = hmac.new(key, f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(signed).decode()}"
    return {"webhook-id": id_, "webhook-timestamp": str(at), "webhook-signature": signature}


def github(body: bytes, secret: str, _: int, *, id_: str = "72d3162e-cc78") -> dict[str, str]:
    return {"x-hub-signature-256": f"sha256={digest(body, secret).hex()}", "x-github-delivery": id_}


def stripe(body: bytes, secret: str, at: int) -> dict[str, str]:
    return {"stripe-signature": f"t={at},v1={digest(f'{at}.'.encode() + body, secret).hex()}"}


def shopify(body: bytes, secret: str, _: int, *, id_: str = "b54557e4") -> dict[str, str]:
    signature = base64.b64encode(digest(body, secret)).decode()
    return {"x-shopify-hmac-sha256": signature, "x-shopify-webhook-id": id_}


def slack(body: bytes, secret: str, at: int) -> dict[str, str]:
    signature = digest(f"v0:{at}:".encode() + body, secret).hex()
    return {"x-slack-signature": f"v0={signature}", "x-slack-request-timestamp": str(at)}


def own_hmac(body: bytes, secret: str, _: int) -> dict[str, str]:
    return {"x-signature": f"v1={digest(body, secret).hex()}", "x-delivery": "own-1"}


def api_key(body: bytes, secret: str, _: int) -> dict[str, str]:
    return {"x-api-key": secret, "x-delivery": "key-1"}


def basic(body: bytes, secret: str, _: int) -> dict[str, str]:
    login = base64.b64encode(f"shop:{secret}".encode()).decode()
    return {"authorization": f"Basic {login}", "x-delivery": "basic-1"}
