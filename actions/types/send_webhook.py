"""`send_webhook`: tell a URL what happened, signed so that it can tell who says so."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field

from actions import outbound
from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects, in_capitals
from actions.outbound import OutboundRequest
from actions.outbound.hosts import DYNAMIC_HOST
from actions.registry import register
from core import signing
from core.errors import Problem
from core.expressions import templates

Method = Literal["POST", "PUT", "PATCH"]


class SendWebhookParams(ActionParams):
    """Where to, and what."""

    url: str = Field(min_length=1, max_length=2048, description="Where to, beginning with http:// or https://.")
    payload: Any = Field(
        None,
        validation_alias=AliasChoices("payload", "body"),
        description="What to send, as JSON; the event that started the run when nothing is given.",
    )
    method: Annotated[Method, BeforeValidator(in_capitals, json_schema_input_type=Method)] = Field(
        "POST", description="The HTTP method."
    )
    headers: dict[str, str] = Field({}, description="Headers to send besides the signature.")
    signing_secret: str | Annotated[list[str], Field(min_length=1, max_length=5)] | None = Field(
        "{{ secrets.webhook_signing_secret }}",
        description="The secret (whsec_...) to sign with as Standard Webhooks says, or while one replaces another a "
        "list of them: it is signed with each. null sends it unsigned.",
    )
    allow_dynamic_host: bool = Field(False, description=DYNAMIC_HOST)


class SendWebhookOutput(BaseModel):
    """How the receiver answered."""

    status: int = Field(description="The status code, such as 200.")
    webhook_id: str = Field(description="The id in the header webhook-id, the same for every attempt.")


class SendWebhook(ActionType[SendWebhookParams]):
    """Sign the very bytes that are sent; a status outside 2xx is a failure."""

    key = "send_webhook"
    aliases = ("call_webhook", "webhook")
    title = "Send webhook"
    description = "Send a signed message to a URL."
    category = "http"
    icon = "webhook"
    effects = Effects.KEYED
    url_params = frozenset({"url"})
    params_model = SendWebhookParams
    output_model = SendWebhookOutput

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return [*outbound.check_url(params, path=path), *_check_secret(params.get("signing_secret"), path=path)]

    def would(self, params: SendWebhookParams, call: ActionCall) -> dict[str, Any]:
        """The message; test mode knows no secret to sign it with."""
        body = _body(params, event=call.context.get("event"))
        headers = _unsigned(params, webhook_id=call.idempotency_key)
        request = OutboundRequest(method=params.method, url=params.url, headers=headers, body=body)
        return {**request.as_json(call.redactor), "is_signed": bool(params.signing_secret)}

    def sample(self, params: SendWebhookParams) -> dict[str, Any]:
        return {"status": 200, "webhook_id": "sample"}

    def perform(self, params: SendWebhookParams, call: ActionCall) -> ActionResult:
        body = _body(params, event=call.context.get("event"))
        request = OutboundRequest(
            method=params.method,
            url=params.url,
            headers=_headers(params, body=body, webhook_id=call.idempotency_key),
            body=body,
            is_body_wanted=False,
        )
        try:
            response = outbound.call(request, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        except ActionFailedError as error:
            error.usage = {"webhooks_called": 1} if error.response is not None else {}
            raise
        return ActionResult(
            output={"status": response.status, "webhook_id": call.idempotency_key},
            request=request.as_json(call.redactor),
            response=response.as_json(call.redactor),
            usage={"webhooks_called": 1},
        )


def _check_secret(secret: object, *, path: str) -> Iterator[Problem]:
    """A secret that stands in the definition itself; one of the workspace is known only when it is used."""
    pointer = f"{path}/signing_secret"
    listed = enumerate(secret) if isinstance(secret, list) else ()
    for where, each in [(pointer, secret), *((f"{pointer}/{number}", each) for number, each in listed)]:
        if isinstance(each, str) and not templates.is_template(each):
            try:
                signing.check_secret(each)
            except signing.SigningSecretError as error:
                yield Problem(where, error.code, error.detail)


def _body(params: SendWebhookParams, *, event: Any) -> bytes:
    """JSON; but text stays as it is where the headers name another type."""
    payload = params.payload if "payload" in params.model_fields_set else event
    content_type = next((value for name, value in params.headers.items() if name.lower() == "content-type"), "json")
    if isinstance(payload, str) and "json" not in content_type.lower():
        return payload.encode("utf-8", "replace")
    return outbound.json_bytes(payload)


def _headers(params: SendWebhookParams, *, body: bytes, webhook_id: str) -> dict[str, str]:
    """The given headers, and ours over them. Raises `ActionFailedError` (invalid_signing_secret)."""
    headers = _unsigned(params, webhook_id=webhook_id)
    secrets = [params.signing_secret] if isinstance(params.signing_secret, str) else params.signing_secret
    if not params.signing_secret or not secrets:
        return headers
    try:
        signed = signing.sign_with_all(body, secrets=secrets, message_id=webhook_id, sent_at=datetime.now(UTC))
    except signing.SigningSecretError as error:
        raise ActionFailedError(error.code, error.detail, is_retryable=False) from None
    return headers | signed


def _unsigned(params: SendWebhookParams, *, webhook_id: str) -> dict[str, str]:
    headers = {"content-type": "application/json"} | {name.lower(): value for name, value in params.headers.items()}
    return headers | {"idempotency-key": webhook_id, signing.ID_HEADER: webhook_id}


register(SendWebhook())
