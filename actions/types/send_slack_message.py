"""`send_slack_message`: write into a channel of Slack."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import AliasChoices, BaseModel, Field, field_validator

from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from actions.channels.types import slack
from actions.registry import register


class SendSlackMessageParams(ActionParams):
    """Where to, and what."""

    text: str = Field(
        min_length=1,
        max_length=slack.MAX_CHARACTERS,
        validation_alias=AliasChoices("text", "message"),
        description="The message, in Slack's markup; with blocks, what notifications show of them.",
    )
    channel: str = Field("", max_length=100, description="#general, or an id; empty: the connection's.")
    blocks: list[dict[str, Any]] | None = Field(None, max_length=50, description="Blocks of Slack's Block Kit.")
    allow_mentions: bool = Field(False, description="Whether <!channel> and <!here> in the text may call everybody.")
    connection: str | None = Field(None, description="A connection of the kind slack; the only one when none is named.")

    @field_validator("channel")
    @classmethod
    def _is_channel(cls, value: str) -> str:
        return slack.Slack().check_to(value)


class SendSlackMessageOutput(BaseModel):
    """What was handed over."""

    ts: str = Field(description="Slack's id of the message in its channel; empty for a webhook, which gets none.")


class SendSlackMessage(ActionType[SendSlackMessageParams]):
    """Slack recognises no message that comes twice: never sent twice unasked."""

    key = "send_slack_message"
    title = "Send Slack message"
    description = "Write into a channel of Slack."
    category = "messages"
    icon = "hash"
    effects = Effects.ONCE
    params_model = SendSlackMessageParams
    output_model = SendSlackMessageOutput
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {"connection": slack.Slack.kinds}

    def perform(self, params: SendSlackMessageParams, call: ActionCall) -> ActionResult:
        text = params.text if params.allow_mentions else slack.without_mentions(params.text)
        receipt = slack.post(text, to=params.channel, connection=params.connection, call=call, blocks=params.blocks)
        return ActionResult(
            output={"ts": receipt.id},
            request=receipt.request,
            response=receipt.response,
            usage={"slack_messages_sent": 1},
        )


register(SendSlackMessage())
