"""A request to a URL of its own: `type: webhook`."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from core import validation
from core.errors import Problem
from core.expressions import templates
from triggers.base import TriggerParams, TriggerType
from triggers.engine import patterns
from triggers.registry import register
from triggers.verification.base import TOLERANCE_SECONDS, Rules, Scheme
from triggers.verification.registry import schemes

KEY = "webhook"
DEFAULT_EVENT = "webhook.received"
NAMES = ("body", "headers", "query", "method")
MAX_SECRETS = 2
MAX_RESPOND_SECONDS = 30

_SECRET = re.compile(r"\{\{\s*secrets\.([A-Za-z_][A-Za-z0-9_]{0,99})\s*\}\}|([A-Za-z_][A-Za-z0-9_]{0,99})")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")


def _names(value: object) -> object:
    """Names of secrets, from `{{secrets.NAME}}`, `NAME` or a list of both."""
    given = value if isinstance(value, list | tuple) else [value]
    found = [_SECRET.fullmatch(each) if isinstance(each, str) else None for each in given]
    if not 1 <= len(given) <= MAX_SECRETS or None in found:
        raise ValueError(
            'expected "{{secrets.NAME}}", or a list of two while one takes the place of the other; '
            "the value itself belongs into the secrets of the workspace"
        )
    return tuple(match[1] or match[2] for match in found if match)


def _header(value: str) -> str:
    if not _HEADER.fullmatch(value):
        raise ValueError("expected the name of a header: letters, digits and hyphens")
    return value.lower()


def _known(schema: dict[str, Any]) -> None:
    schema["enum"] = list(schemes.keys())


Secrets = Annotated[tuple[str, ...], BeforeValidator(_names, json_schema_input_type=str | list[str])]


class Verification(TriggerParams):
    """How a sender proves who it is. Which fields go with which scheme: docs/webhooks.md, Who may send."""

    scheme: str = Field("none", description="How requests are verified", json_schema_extra=_known)
    secret: Secrets = Field(
        (), description='"{{secrets.NAME}}", or a list of two of them: both are valid while one replaces the other'
    )
    username: str = Field("", min_length=1, max_length=255, pattern="^[^:]+$", description="Of `basic`")
    header: str = Field("", description="Of `hmac` and `api_key`: where the signature or the key stands")
    prefix: str = Field("", max_length=100, description="What stands before it, such as `sha256=`")
    algorithm: Literal["sha256", "sha512", "sha1"] = Field("sha256", description="Of `hmac`")
    encoding: Literal["hex", "base64"] = Field("hex", description="Of `hmac`")
    tolerance_seconds: int = Field(
        TOLERANCE_SECONDS, ge=1, le=86_400, description="How far the sender's clock may be from ours"
    )
    id_header: str = Field("", description="Where the sender names the delivery; the same one is accepted once")

    @field_validator("scheme")
    @classmethod
    def is_known(cls, value: str) -> str:
        if value not in schemes:
            raise ValueError(
                f"expected one of {', '.join(schemes.keys())}.{validation.did_you_mean(value, schemes.keys())}"
            )
        return value

    @field_validator("header", "id_header")
    @classmethod
    def is_header(cls, value: str) -> str:
        return _header(value)

    @property
    def how(self) -> Scheme:
        return schemes.get(self.scheme)

    @property
    def rules(self) -> Rules:
        return Rules(**self.model_dump(include=set(Rules.__dataclass_fields__)))


class Challenge(TriggerParams):
    """The handshake of Meta (WhatsApp, Instagram): `GET ?hub.verify_token=...&hub.challenge=...`."""

    verify_token: Secrets = Field(description='"{{secrets.NAME}}": the token that is typed in at the sender')


class Params(TriggerParams):
    """Who may send, what becomes of it, and what is answered."""

    verification: Verification = Field(
        default_factory=Verification,
        repr=False,
        description="How a sender proves who it is; default: who knows the URL",
    )
    challenge: Challenge | None = Field(None, repr=False, description="The handshake that Meta asks for")
    event: str = Field(
        "",
        max_length=1000,
        description="The event's type, or a template of it. With one, other triggers may listen to the event too",
    )
    data: Any = Field(
        None, description="The event's data: an object with templates, or one template. Default: the body"
    )
    respond: Literal["immediately", "last_action", "respond_action"] = Field(
        "immediately", description="Whether the answer waits for the run, and which action says it"
    )
    respond_within_seconds: float = Field(10, gt=0, le=MAX_RESPOND_SECONDS, description="How long it waits at most")


class WebhookTrigger(TriggerType[Params]):
    """Decides on nothing but the requests to its own URL."""

    key = KEY
    title = "Webhook"
    description = "A request arrived at the trigger's own URL."
    params_model = Params
    aliases = ("webhook.received",)

    def check(self, params: Params, *, path: str) -> list[Problem]:
        found = [
            *_fields(params.verification, path=f"{path}/verification"),
            *_event(params.event, path=f"{path}/event"),
        ]
        if params.data is not None:
            found += _data(params.data, path=f"{path}/data")
        if params.respond == "immediately" and "respond_within_seconds" in params.model_fields_set:
            message = "Nothing is waited for; say `respond: respond_action` or `respond: last_action`, or leave it out."
            found.append(Problem(f"{path}/respond_within_seconds", "not_used", message))
        return found

    def secrets(self, params: Params) -> Mapping[str, tuple[str, ...]]:
        token = params.challenge.verify_token if params.challenge else ()
        return {"/verification/secret": params.verification.secret, "/challenge/verify_token": token}

    def answered_by(self, params: Params) -> str:
        return "respond" if params.respond == "respond_action" else ""


def _fields(given: Verification, *, path: str) -> list[Problem]:
    """What the scheme needs and does not have, and what it has and does not read."""
    scheme, written = given.how, given.model_fields_set - {"scheme"}
    missing = [
        Problem(f"{path}/{name}", "missing", f"{name!r} is missing; verification by {scheme.key} needs it.")
        for name in sorted(scheme.needs - written)
    ]
    takes = ", ".join(sorted(scheme.needs | scheme.takes))
    unread = [
        Problem(f"{path}/{name}", "not_used", f"Verification by {scheme.key} does not read {name!r}; it takes {takes}.")
        for name in sorted(written - scheme.needs - scheme.takes)
    ]
    return missing + unread


def _event(event: str, *, path: str) -> list[Problem]:
    if templates.is_template(event):
        return _templates(event, path=path)
    if not event or patterns.is_name(event):
        return []
    message = f"{event[:80]!r} is not the type of an event: names joined by dots, like lead.created."
    return [Problem(path, "invalid_event_type", message)]


def _data(data: object, *, path: str) -> list[Problem]:
    if isinstance(data, dict) or (isinstance(data, str) and templates.is_template(data)):
        return _templates(data, path=path)
    return [Problem(path, "invalid", "Expected an object with templates in it, or one template of an object.")]


def _templates(value: Any, *, path: str) -> list[Problem]:
    return templates.check_structure(value, path=path) or [
        Problem(reference.pointer, "unknown_path", _unknown(reference.path.root))
        for reference in templates.references_in(value, path=path)
        if reference.path.root not in NAMES
    ]


def _unknown(name: str) -> str:
    guess = validation.did_you_mean(name, NAMES)
    return f"Here are only {', '.join(NAMES)}, as the request had them; not {name!r}.{guess}"


register(WebhookTrigger())
