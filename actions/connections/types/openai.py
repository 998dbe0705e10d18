"""`openai`: a service that speaks the chat completions of OpenAI, and what it costs by the workspace's own figures."""

from typing import Literal

from pydantic import Field, model_validator

from actions import outbound
from actions.base import ActionFailedError
from actions.connections import http
from actions.connections.base import Authorization, ConnectionPart, HttpConnectionType, Opened, TestCall
from actions.connections.registry import register
from actions.connections.urls import BaseUrl

MAX_PRICES = 200


class Price(ConnectionPart):
    """What a million tokens of one model cost, by the workspace's own figures."""

    input_per_million: float = Field(
        ge=0, le=1e6, allow_inf_nan=False, description="For a million tokens that it reads"
    )
    output_per_million: float = Field(
        ge=0, le=1e6, allow_inf_nan=False, description="For a million tokens that it writes"
    )
    currency: str = Field("USD", pattern=r"\A[A-Za-z]{3}\z", description="Three letters, such as EUR")


class OpenAiSettings(ConnectionPart):
    """Where it is, and how it likes to be asked."""

    base_url: BaseUrl = Field("https://api.openai.com/v1", description="What /chat/completions is added to")
    model: str = Field(min_length=1, max_length=200, description="The model of actions that name none")
    organisation: str = Field("", max_length=200, pattern=r"\A[ -~]*\z", description="Sent as OpenAI-Organization")
    prices: dict[str, Price] = Field(
        {}, max_length=MAX_PRICES, description="By model: {input_per_million, output_per_million, currency}"
    )
    response_format: Literal["json_schema", "json_object", "none"] = Field(
        "json_schema", description="How it is told that JSON is wanted; the answer is checked in any case"
    )
    max_tokens_name: Literal["max_tokens", "max_completion_tokens"] = Field(
        "max_tokens", description="The name that it has for the limit of an answer"
    )

    @model_validator(mode="after")
    def _one_currency(self) -> "OpenAiSettings":
        if len({price.currency.upper() for price in self.prices.values()}) > 1:
            raise ValueError("the prices are in several currencies, which cannot be added up; give them in one")
        return self


class OpenAiSecrets(ConnectionPart):
    """What it is sent."""

    api_key: str = Field(min_length=1, max_length=16_384, description="The API key.")


class OpenAi(HttpConnectionType[OpenAiSettings, OpenAiSecrets]):
    """An API key that does not change."""

    key = "openai"
    title = "AI models"
    description = "OpenAI, or any service that speaks its chat completions: a gateway, vLLM, Ollama and others."
    icon = "sparkles"
    settings_model = OpenAiSettings
    secrets_model = OpenAiSecrets

    def base_url(self, opened: Opened[OpenAiSettings, OpenAiSecrets]) -> str:
        return opened.settings.base_url

    def authorize(self, opened: Opened[OpenAiSettings, OpenAiSecrets]) -> Authorization:
        headers = {"Authorization": f"Bearer {opened.secrets.api_key}"}
        if opened.settings.organisation:
            headers["OpenAI-Organization"] = opened.settings.organisation
        return Authorization(headers=headers)

    def test(self, opened: Opened[OpenAiSettings, OpenAiSecrets], call: TestCall) -> str:
        """List the models, which costs nothing."""
        request = http.request(opened, "GET", "/models")
        try:
            response = outbound.call(request, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        except ActionFailedError as error:
            raise _explained(error) from None
        models = _models(response.value())
        if opened.settings.model in models:
            return f"It answers, and has {len(models)} models, {opened.settings.model} among them."
        return f"It answers, but {opened.settings.model} is not among the {len(models)} models that it names."


def _explained(error: ActionFailedError) -> ActionFailedError:
    status = (error.response or {}).get("status")
    if status in {401, 403}:
        text = f"the service does not accept the API key ({status}); store the connection with another one"
    elif status == 404:
        text = "there is no list of models at base_url; it usually ends with /v1"
    else:
        return error
    return ActionFailedError(error.code, text, is_retryable=False, request=error.request, response=error.response)


def _models(answer: object) -> set[str]:
    listed = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        text = "what answers at base_url lists no models, so it is no such service; base_url usually ends with /v1"
        raise ActionFailedError("ai_invalid_answer", text, is_retryable=False)
    return {str(each["id"]) for each in listed if isinstance(each, dict) and "id" in each}


register(OpenAi())
