"""OAuth 2.0 as a client: where people are sent to agree, and how tokens are fetched and renewed.

Base of the connection types that work by it. Rows, leases and the state of an authorisation are not its job.
Source: RFC 6749, RFC 7636 (PKCE, S256), RFC 9700.
"""

import base64
import hashlib
import math
from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Literal, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

from pydantic import Field

from actions import outbound
from actions.base import ActionFailedError
from actions.connections.base import Authorization, ConnectionPart, HttpConnectionType, Opened, Renewed, TestCall
from actions.connections.errors import AuthorizationNeededError
from actions.outbound import OutboundRequest

OURS = frozenset(
    {
        "client_id", "client_secret", "code_challenge", "code_challenge_method", "redirect_uri", "response_type",
        "scope", "state",
    }
)  # fmt: skip  # parameters of a place to agree that nobody else sets
MARGIN_SECONDS = 60  # a token that ends sooner is renewed before it is used
_ANSWERS = frozenset({200, 201, 400, 401, 403})  # what a token server says in JSON
_LONGEST_SECONDS = 10 * 366 * 86_400
_REFRESH_ENDS = ("refresh_token_expires_in", "x_refresh_token_expires_in", "refresh_expires_in")


class OAuthSecrets(ConnectionPart):
    """People give the secret of the client; the tokens come from the other side."""

    client_secret: str | None = Field(None, min_length=1, max_length=4096, description="None for a public client.")
    access_token: str | None = Field(None, min_length=1, max_length=16_384, description="Fetched; not to be given.")
    refresh_token: str | None = Field(None, min_length=1, max_length=16_384, description="Fetched, or brought along.")
    access_token_ends: float | None = Field(None, description="When the access token ends, in seconds since 1970.")


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """Us, as the other side knows us. `extra` goes along when people are asked to agree."""

    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str | None = field(repr=False)
    scopes: tuple[str, ...] = ()
    audience: str = ""
    auth_style: Literal["basic", "body"] = "basic"
    is_interactive: bool = True
    extra: Mapping[str, str] = field(default_factory=dict)


S = TypeVar("S", bound=ConnectionPart)
C = TypeVar("C", bound=OAuthSecrets)


class OAuthConnectionType(HttpConnectionType[S, C], Generic[S, C]):
    """A connection whose access token is fetched, and renewed before it ends."""

    is_oauth = True
    obtained_secrets: ClassVar[frozenset[str]] = frozenset({"access_token", "refresh_token", "access_token_ends"})

    @abstractmethod
    def client(self, opened: Opened[S, C]) -> OAuthClient:
        """Who asks, and where."""

    def authorize(self, opened: Opened[S, C]) -> Authorization:
        return Authorization(headers={"Authorization": f"Bearer {opened.secrets.access_token or ''}"})

    def derived_secrets(self, opened: Opened[S, C]) -> Collection[str]:
        return [_login(self.client(opened))] if opened.secrets.client_secret else []

    def is_stale(self, opened: Opened[S, C], now: datetime) -> bool:
        """One that cannot be renewed is used to its last second."""
        secrets = opened.secrets
        if secrets.access_token is None:
            return True
        may_renew = secrets.refresh_token is not None or not self.client(opened).is_interactive
        margin = MARGIN_SECONDS if may_renew else 0
        return secrets.access_token_ends is not None and secrets.access_token_ends - now.timestamp() <= margin

    def prepare(self, opened: Opened[S, C], call: TestCall) -> Renewed | None:
        client, token = self.client(opened), opened.secrets.refresh_token
        if not client.is_interactive:
            return _tokens(client, {"grant_type": "client_credentials", **_asked(client)}, call, opened)
        if token is None:
            text = f"the connection {opened.name!r} was never authorised, or its token ended; authorise it"
            raise AuthorizationNeededError(text)
        return _tokens(client, {"grant_type": "refresh_token", "refresh_token": token}, call, opened)

    def exchange(self, opened: Opened[S, C], call: TestCall, *, code: str, verifier: str, redirect_uri: str) -> Renewed:
        """The first tokens, for the code that the other side gave to whoever agreed. Raises `ActionFailedError`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        return _tokens(self.client(opened), form, call, opened)


def authorize_url(client: OAuthClient, *, redirect_uri: str, state: str, verifier: str) -> str:
    """Where a person is sent to agree."""
    query = {
        **client.extra,
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        **_asked(client),
    }
    return f"{client.authorize_url}{'&' if urlsplit(client.authorize_url).query else '?'}{urlencode(query)}"


def challenge(verifier: str) -> str:
    """What is shown of a verifier before it is (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _login(client: OAuthClient) -> str:
    login = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret or '')}"
    return base64.b64encode(login.encode()).decode()


def _asked(client: OAuthClient) -> dict[str, str]:
    asked = {"scope": " ".join(client.scopes), "audience": client.audience}
    return {name: value for name, value in asked.items() if value}


def _tokens(client: OAuthClient, form: dict[str, str], call: TestCall, opened: Opened[Any, Any]) -> Renewed:
    answer = _ask(client, form, call, opened)
    token, again = answer.get("access_token"), answer.get("refresh_token")
    kind = answer.get("token_type")
    if not isinstance(token, str) or not token or not (kind is None or str(kind).lower() == "bearer"):
        text = f"the token server of the connection {opened.name!r} answered without a bearer token"
        raise ActionFailedError("oauth_error", text, is_retryable=False)
    lasts = _seconds(answer.get("expires_in"))
    is_renewable = bool(again) or form["grant_type"] != "authorization_code"
    secrets: dict[str, Any] = {"access_token": token, "access_token_ends": None}
    if isinstance(again, str) and again:
        secrets["refresh_token"] = again
    elif form["grant_type"] == "authorization_code":
        secrets["refresh_token"] = None  # that of an earlier authorisation is none of this one
    if lasts is not None:
        secrets["access_token_ends"] = call.now.timestamp() + lasts
    ends = next((found for name in _REFRESH_ENDS if (found := _seconds(answer.get(name))) is not None), None)
    whole = ends if is_renewable else lasts
    return Renewed(secrets, expires_at=None if whole is None else call.now + timedelta(seconds=whole))


def _ask(client: OAuthClient, form: dict[str, str], call: TestCall, opened: Opened[Any, Any]) -> dict[str, Any]:
    """The token server's answer. Errors carry neither the request nor the response: both hold credentials."""
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if client.auth_style == "basic" and client.client_secret is not None:
        headers["Authorization"] = f"Basic {_login(client)}"
    else:
        form = {**form, "client_id": client.client_id}
        form |= {"client_secret": client.client_secret} if client.client_secret is not None else {}
    request = OutboundRequest("POST", client.token_url, headers=headers, body=urlencode(form).encode())
    try:
        response = outbound.call(
            request,
            timeout_seconds=call.timeout_seconds,
            redactor=call.redactor,
            is_expected=_ANSWERS.__contains__,
        )
    except ActionFailedError as error:
        raise ActionFailedError(
            error.code,
            f"the token server of the connection {opened.name!r}: {call.redactor.clean_text(error.message)}",
            is_retryable=error.is_retryable,
            retry_after_seconds=error.retry_after_seconds,
        ) from None
    answer = response.value()
    answer = answer if isinstance(answer, dict) else {}
    if response.status >= 400 or "error" in answer:
        raise _refusal(answer, response.status, call, opened)
    return answer


def _refusal(answer: Mapping[str, Any], status: int, call: TestCall, opened: Opened[Any, Any]) -> ActionFailedError:
    code = str(answer.get("error", ""))[:100]
    said = call.redactor.clean_text(f"{code} {answer.get('error_description') or ''}".strip())[:300] or str(status)
    if code == "invalid_grant":
        return AuthorizationNeededError(
            f"the connection {opened.name!r} has expired: the other side refuses to renew it ({said}). "
            "An admin authorises it again"
        )
    text = f"the token server of the connection {opened.name!r} refuses: {said}"
    return ActionFailedError("oauth_error", text, is_retryable=code == "temporarily_unavailable")


def _seconds(value: Any) -> float | None:
    """A number of seconds, also as text, as some servers write it; None for anything else."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return min(seconds, _LONGEST_SECONDS) if math.isfinite(seconds) and seconds > 0 else None
