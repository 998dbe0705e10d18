"""What the API takes and gives about message templates."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from actions import messages
from actions.models import MessageTemplate, MessageTemplateVersion
from actions.services.message_templates import Draft, Preview
from core.api.queries import ListQuery
from core.api.shapes import Listing, Page


class MessageTemplateChange(BaseModel):
    """What a message says. Values that expressions in `html` give are escaped."""

    model_config = ConfigDict(extra="forbid")

    subject: str = Field(max_length=messages.MAX_SUBJECT_CHARACTERS, examples=["Welcome, {{ first_name }}"])
    text: str = Field("", description="Plain text; made from the HTML when there is none")
    html: str = Field("", description="HTML, at most 64 KiB")
    sample_variables: dict[str, Any] = Field({}, description="What a preview is filled in with")
    title: str | None = Field(None, max_length=200, description="What it is called in lists; null: as it was")

    def draft(self) -> Draft:
        return Draft(self.subject, self.text, self.html, self.sample_variables, self.title)


class MessageTemplateRequest(MessageTemplateChange):
    """A message template to store."""

    name: str = Field(examples=["welcome"], description="What actions call it; never changes")


class MessageRollbackRequest(BaseModel):
    """Which version is to be said again."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=2**31 - 1)


class MessagePreviewRequest(BaseModel):
    """With what a message is filled in: these values over the template's sample variables."""

    model_config = ConfigDict(extra="forbid")

    variables: dict[str, Any] = {}
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="Default: the newest")


class UnsavedPreviewRequest(BaseModel):
    """A message that need not be stored, nor be right."""

    model_config = ConfigDict(extra="forbid")

    subject: str = ""
    text: str = ""
    html: str = ""
    variables: dict[str, Any] = {}


class MessageProblem(BaseModel):
    """What is wrong with a message; `path` is `/subject`, `/text` or `/html`."""

    path: str
    code: str
    message: str


class MessagePreviewResponse(BaseModel):
    """The message as it would be sent; null for a part that cannot be filled in."""

    subject: str | None
    text: str | None
    html: str | None
    problems: list[MessageProblem]


class MessageTemplateSummary(BaseModel):
    """A message template in a list."""

    name: str
    title: str
    is_shipped: bool = Field(description="It comes with the product; the workspace has none of its own in its place")
    updated_at: datetime | None


class MessageTemplateListing(Listing[MessageTemplateSummary]):
    """All message templates."""


class MessageTemplateResponse(MessageTemplateSummary):
    """A message template as it is sent now. `number` is null for one of the product."""

    number: int | None
    subject: str
    text: str
    html: str
    sample_variables: dict[str, Any]


class MessageVersionResponse(BaseModel):
    """What a message said from some moment on."""

    number: int
    subject: str
    text: str
    html: str
    sample_variables: dict[str, Any]
    created_by: str
    created_at: datetime


class MessageVersionPage(Page[MessageVersionResponse]):
    """Versions, the newest first."""


class MessageVersionQuery(ListQuery):
    """Which versions a list shows."""


def summary(row: MessageTemplate) -> MessageTemplateSummary:
    return MessageTemplateSummary(name=row.name, title=row.title, is_shipped=False, updated_at=row.updated_at)


def shipped_summary(name: str) -> MessageTemplateSummary:
    return MessageTemplateSummary(name=name, title=_title(name), is_shipped=True, updated_at=None)


def message_template(row: MessageTemplateVersion) -> MessageTemplateResponse:
    return MessageTemplateResponse(
        **summary(row.template).model_dump(),
        number=row.number,
        subject=row.subject,
        text=row.text,
        html=row.html,
        sample_variables=row.sample_variables,
    )


def shipped(name: str) -> MessageTemplateResponse:
    found = messages.shipped(name)
    return MessageTemplateResponse(
        **shipped_summary(name).model_dump(),
        number=None,
        subject=found.subject,
        text=found.text,
        html=found.html,
        sample_variables={},
    )


def version(row: MessageTemplateVersion) -> MessageVersionResponse:
    return MessageVersionResponse(
        number=row.number,
        subject=row.subject,
        text=row.text,
        html=row.html,
        sample_variables=row.sample_variables,
        created_by=row.created_by,
        created_at=row.created_at,
    )


def preview(found: Preview) -> MessagePreviewResponse:
    problems = [MessageProblem(path=each.path, code=each.code, message=each.message) for each in found.problems]
    return MessagePreviewResponse(subject=found.subject, text=found.text, html=found.html, problems=problems)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
