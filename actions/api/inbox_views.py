"""The inbox over HTTP: of the user whose session calls, or with an API key of everybody in the workspace."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, Field
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from actions import inbox
from actions.models import InboxItem
from core.api.queries import ListQuery, parameters
from core.api.shapes import Page
from core.api.views import WorkspaceViewSet, answer
from core.errors import ForbiddenError
from core.models import Role


class ReadState(StrEnum):
    """Whether somebody has seen it."""

    READ = "read"
    UNREAD = "unread"


class InboxQuery(ListQuery):
    """Which items a list shows."""

    state: ReadState | None = Field(None, description="Only those that are read, or unread")
    kind: str | None = Field(None, max_length=100, description="Only those of this kind")

    def filters(self) -> dict[str, Any]:
        state = {} if self.state is None else {"read_at__isnull": self.state is ReadState.UNREAD}
        return state | ({} if self.kind is None else {"kind": self.kind})


class InboxItemResponse(BaseModel):
    """A message inside the product. `user` is null for what the whole workspace is told."""

    id: UUID
    user: str | None
    kind: str
    title: str
    message: str
    link: str
    run_id: UUID | None
    created_at: datetime
    read_at: datetime | None


class InboxPage(Page[InboxItemResponse]):
    """Items, the newest first."""


class UnreadResponse(BaseModel):
    """How many items are unread."""

    unread: int


class InboxViewSet(WorkspaceViewSet):
    """What members were told."""

    area = "data"
    write_role = Role.VIEWER  # of one's own

    @property
    def reader(self) -> User | None:
        """Whose inbox it is: nobody's in particular for a key."""
        return self.request.user if isinstance(self.request.user, User) else None

    def _refuse_viewers_of_all(self) -> None:
        if self.reader is None and not self.caller.role.includes(Role.OPERATOR):
            raise ForbiddenError(f"This needs the role operator; this key's is {self.caller.role.value}.")

    @extend_schema(operation_id="inbox_list", parameters=parameters(InboxQuery), responses=InboxPage)
    def list(self, request: Request) -> Response:
        """The items of the user who asks, or with an API key all of the workspace; the newest first."""
        filters = self.query(InboxQuery).filters()
        return self.page(inbox.items(self.reader).filter(**filters).select_related("user"), _shape)

    @extend_schema(operation_id="inbox_unread", responses=UnreadResponse)
    @action(detail=False)
    def unread(self, request: Request) -> Response:
        """How many of them are unread."""
        return answer(UnreadResponse(unread=inbox.unread(self.reader)))

    @extend_schema(operation_id="inbox_read", request=None, responses=InboxItemResponse)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Mark one as read. When it was first read, stays. A key needs the role operator: it reads for everybody."""
        self._refuse_viewers_of_all()
        rows = inbox.items(self.reader)
        inbox.read(rows, pk=self.find(rows, pk).pk)
        return answer(_shape(self.find(rows.select_related("user"), pk)))

    @extend_schema(operation_id="inbox_read_all", request=None, responses=UnreadResponse)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        """Mark all of them as read. A key needs the role operator."""
        self._refuse_viewers_of_all()
        inbox.read(inbox.items(self.reader))
        return answer(UnreadResponse(unread=inbox.unread(self.reader)))


def _shape(row: InboxItem) -> InboxItemResponse:
    return InboxItemResponse(
        id=row.pk,
        user=row.user.get_username() if row.user else None,
        kind=row.kind,
        title=row.title,
        message=row.message,
        link=row.link,
        run_id=row.run_id,
        created_at=row.created_at,
        read_at=row.read_at,
    )
