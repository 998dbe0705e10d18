"""Message templates over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from actions import messages
from actions.api import message_shapes as shapes
from actions.messages import Message
from actions.models import MessageTemplate, MessageTemplateVersion
from actions.services import message_templates
from core.api.etags import IF_MATCH
from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.models import Role


class MessageTemplateViewSet(WorkspaceViewSet):
    """What messages say: those of the workspace, and those of the product that it has none for."""

    area = "data"
    asking = ("preview", "preview_unsaved")
    write_role = Role.EDITOR

    @extend_schema(operation_id="message_templates_list", responses=shapes.MessageTemplateListing)
    def list(self, request: Request) -> Response:
        """All message templates by name."""
        found = {name: shapes.shipped_summary(name) for name in messages.shipped_names()}
        found |= {row.name: shapes.summary(row) for row in MessageTemplate.objects.all()}
        return answer(shapes.MessageTemplateListing(results=[found[name] for name in sorted(found)]))

    @extend_schema(
        operation_id="message_templates_create",
        request=shapes.MessageTemplateRequest,
        responses={201: shapes.MessageTemplateResponse},
    )
    def create(self, request: Request) -> Response:
        """Store a message template. One that is named as a message of the product takes its place."""
        body = self.body(shapes.MessageTemplateRequest)
        row = message_templates.create(body.name, body.draft(), by=self.caller.name)
        return self._answer(row, status=201)

    @extend_schema(operation_id="message_templates_retrieve", responses=shapes.MessageTemplateResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """What a message says now."""
        row = messages.newest(pk)
        if row is not None:
            return self._answer(row)
        messages.load(pk)
        return self.tagged(shapes.shipped(pk), state=message_templates.state(None))

    @extend_schema(
        operation_id="message_templates_update",
        request=shapes.MessageTemplateChange,
        responses={200: shapes.MessageTemplateResponse, 201: shapes.MessageTemplateResponse},
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, pk: str) -> Response:
        """Say it anew, as a new version; saying the same makes none. Of a message of the product, make one's own."""
        body = self.body(shapes.MessageTemplateChange)
        row, is_new = message_templates.change(pk, body.draft(), by=self.caller.name, expected=self.expected)
        return self._answer(row, status=201 if is_new else 200)

    @extend_schema(operation_id="message_templates_destroy", responses={204: None}, parameters=[IF_MATCH])
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a message of the workspace; of one that took the place of a message of the product, that one is sent
        again. Any other is kept while a draft or an active version names it."""
        message_templates.delete(pk, by=self.caller.name, expected=self.expected)
        return Response(status=204)

    @extend_schema(
        operation_id="message_templates_versions",
        parameters=parameters(shapes.MessageVersionQuery),
        responses=shapes.MessageVersionPage,
    )
    @action(detail=True)
    def versions(self, request: Request, pk: str) -> Response:
        """Everything that a message of the workspace ever said, the newest first."""
        self.query(shapes.MessageVersionQuery)
        template = message_templates.find(pk)
        return self.page(MessageTemplateVersion.objects.filter(template=template), shapes.version)

    @extend_schema(
        operation_id="message_templates_rollback",
        request=shapes.MessageRollbackRequest,
        responses=shapes.MessageTemplateResponse,
        parameters=[IF_MATCH],
    )
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, pk: str) -> Response:
        """Say again what an earlier version said. That is a new version."""
        number = self.body(shapes.MessageRollbackRequest).number
        return self._answer(message_templates.roll_back(pk, number, by=self.caller.name, expected=self.expected))

    @extend_schema(
        operation_id="message_templates_preview",
        request=shapes.MessagePreviewRequest,
        responses=shapes.MessagePreviewResponse,
    )
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: str) -> Response:
        """A message as it would be sent, with what is wrong with it. Sends nothing."""
        body = self.body(shapes.MessagePreviewRequest)
        if body.version is not None:
            row = message_templates.version(message_templates.find(pk), body.version)
        elif (newest := messages.newest(pk)) is not None:
            row = newest
        else:
            return answer(shapes.preview(message_templates.preview(messages.load(pk), variables=body.variables)))
        message = Message(row.subject, row.text, row.html)
        variables = {**row.sample_variables, **body.variables}
        return answer(shapes.preview(message_templates.preview(message, variables=variables)))

    @extend_schema(
        operation_id="message_templates_preview_unsaved",
        request=shapes.UnsavedPreviewRequest,
        responses=shapes.MessagePreviewResponse,
    )
    @action(detail=False, methods=["post"], url_path="preview", url_name="preview-unsaved")
    def preview_unsaved(self, request: Request) -> Response:
        """The same for a message that is still being written."""
        body = self.body(shapes.UnsavedPreviewRequest)
        message = Message(body.subject, body.text, body.html)
        return answer(shapes.preview(message_templates.preview(message, variables=body.variables)))

    def _answer(self, row: MessageTemplateVersion, *, status: int = 200) -> Response:
        return self.tagged(shapes.message_template(row), state=message_templates.state(row), status=status)
