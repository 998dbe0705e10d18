"""`client.message_templates`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from typing import Any

from sequitur_client import binding
from sequitur_client.calls import UNSET, Call, Named, Unset, filled, given
from sequitur_client.generated import models as m


def message_templates_create(
    *,
    subject: str,
    name: str,
    text: str | Unset = UNSET,
    html: str | Unset = UNSET,
    sample_variables: dict[str, Any] | Unset = UNSET,
    title: str | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.MessageTemplateResponse]:
    """Store a message template. One that is named as a message of the product takes its place.

    name: What actions call it; never changes
    text: Plain text; made from the HTML when there is none
    html: HTML, at most 64 KiB
    sample_variables: What a preview is filled in with
    title: What it is called in lists; null: as it was
    """
    return Call(
        operation="message_templates_create",
        method="POST",
        path=filled("/api/v1/message-templates/"),
        answers={201: m.MessageTemplateResponse},
        body=given(
            {
                "subject": subject,
                "name": name,
                "text": text,
                "html": html,
                "sample_variables": sample_variables,
                "title": title,
            }
        ),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def message_templates_destroy(id: Named, *, if_match: str | None = None) -> Call[None]:
    """Delete a message of the workspace; of one that took the place of a message of the product, that one is sent
    again. Any other is kept while a draft or an active version names it.
    """
    return Call(
        operation="message_templates_destroy",
        method="DELETE",
        path=filled("/api/v1/message-templates/{id}/", id=id),
        answers={204: None},
        row=id,
        if_match=if_match,
    )


def message_templates_list() -> Call[m.MessageTemplateListing]:
    """All message templates by name."""
    return Call(
        operation="message_templates_list",
        method="GET",
        path=filled("/api/v1/message-templates/"),
        answers={200: m.MessageTemplateListing},
    )


def message_templates_preview(
    id: Named,
    *,
    variables: dict[str, Any] | Unset = UNSET,
    version: int | Unset | None = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.MessagePreviewResponse]:
    """A message as it would be sent, with what is wrong with it. Sends nothing.

    version: Default: the newest
    """
    return Call(
        operation="message_templates_preview",
        method="POST",
        path=filled("/api/v1/message-templates/{id}/preview/", id=id),
        answers={200: m.MessagePreviewResponse},
        body=given({"variables": variables, "version": version}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def message_templates_preview_unsaved(
    *,
    subject: str | Unset = UNSET,
    text: str | Unset = UNSET,
    html: str | Unset = UNSET,
    variables: dict[str, Any] | Unset = UNSET,
    idempotency_key: str | None = None,
) -> Call[m.MessagePreviewResponse]:
    """The same for a message that is still being written."""
    return Call(
        operation="message_templates_preview_unsaved",
        method="POST",
        path=filled("/api/v1/message-templates/preview/"),
        answers={200: m.MessagePreviewResponse},
        body=given({"subject": subject, "text": text, "html": html, "variables": variables}),
        is_keyed=True,
        idempotency_key=idempotency_key,
    )


def message_templates_retrieve(id: Named) -> Call[m.MessageTemplateResponse]:
    """What a message says now."""
    return Call(
        operation="message_templates_retrieve",
        method="GET",
        path=filled("/api/v1/message-templates/{id}/", id=id),
        answers={200: m.MessageTemplateResponse},
    )


def message_templates_rollback(
    id: Named, *, number: int, if_match: str | None = None, idempotency_key: str | None = None
) -> Call[m.MessageTemplateResponse]:
    """Say again what an earlier version said. That is a new version."""
    return Call(
        operation="message_templates_rollback",
        method="POST",
        path=filled("/api/v1/message-templates/{id}/rollback/", id=id),
        answers={200: m.MessageTemplateResponse},
        body=given({"number": number}),
        is_keyed=True,
        idempotency_key=idempotency_key,
        row=id,
        if_match=if_match,
    )


def message_templates_update(
    id: Named,
    *,
    subject: str,
    text: str | Unset = UNSET,
    html: str | Unset = UNSET,
    sample_variables: dict[str, Any] | Unset = UNSET,
    title: str | Unset | None = UNSET,
    if_match: str | None = None,
) -> Call[m.MessageTemplateResponse]:
    """Say it anew, as a new version; saying the same makes none. Of a message of the product, make one's own.

    text: Plain text; made from the HTML when there is none
    html: HTML, at most 64 KiB
    sample_variables: What a preview is filled in with
    title: What it is called in lists; null: as it was
    """
    return Call(
        operation="message_templates_update",
        method="PUT",
        path=filled("/api/v1/message-templates/{id}/", id=id),
        answers={200: m.MessageTemplateResponse, 201: m.MessageTemplateResponse},
        body=given(
            {"subject": subject, "text": text, "html": html, "sample_variables": sample_variables, "title": title}
        ),
        row=id,
        if_match=if_match,
    )


def message_templates_versions(
    id: Named, *, cursor: str | None = None, limit: int | None = None
) -> Call[m.MessageVersionPage]:
    """Everything that a message of the workspace ever said, the newest first.

    cursor: From `next` or `previous` of another page
    limit: Rows of a page
    """
    return Call(
        operation="message_templates_versions",
        method="GET",
        path=filled("/api/v1/message-templates/{id}/versions/", id=id),
        answers={200: m.MessageVersionPage},
        query={"cursor": cursor, "limit": limit},
    )


class MessageTemplates(binding.Resource):
    """What can be done with message_templates."""

    create = binding.called(message_templates_create)
    destroy = binding.called(message_templates_destroy)
    list = binding.listed(message_templates_list)
    preview = binding.called(message_templates_preview)
    preview_unsaved = binding.called(message_templates_preview_unsaved)
    retrieve = binding.called(message_templates_retrieve)
    rollback = binding.called(message_templates_rollback)
    update = binding.called(message_templates_update)
    versions = binding.paged(message_templates_versions)


class AsyncMessageTemplates(binding.AsyncResource):
    """Calls that are awaited."""

    create = binding.awaited(message_templates_create)
    destroy = binding.awaited(message_templates_destroy)
    list = binding.awaited_list(message_templates_list)
    preview = binding.awaited(message_templates_preview)
    preview_unsaved = binding.awaited(message_templates_preview_unsaved)
    retrieve = binding.awaited(message_templates_retrieve)
    rollback = binding.awaited(message_templates_rollback)
    update = binding.awaited(message_templates_update)
    versions = binding.awaited_pages(message_templates_versions)
