"""API keys over HTTP: made, narrowed, replaced, ended. A key itself is in the answer to its making alone."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import ListQuery, parameters
from core.api.shapes import Name, Page, Principal, left_out
from core.api.views import WorkspaceViewSet, answer
from core.errors import InvalidError, Problem
from core.models import ApiKey, Role, ServiceAccount
from core.scopes import SCOPES
from core.services import api_key_changes
from core.services.api_key_changes import MAX_OVERLAP_SECONDS

_SCOPES = f"Of {', '.join(SCOPES)}; none: all that the role allows"


class ApiKeyQuery(ListQuery):
    """Which keys a list shows."""

    service_account: UUID | None = Field(None, description="Only those of this service account")


class ApiKeyRequest(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    role: Role
    scopes: list[str] = Field([], max_length=len(SCOPES), description=_SCOPES)
    expires_at: AwareDatetime | None = None
    service_account: UUID | None = Field(None, description="Whose key it is; left out: that of whoever asks")


class ApiKeyChange(BaseModel):
    """What is to be changed of a key; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = left_out()
    scopes: list[str] = left_out(max_length=len(SCOPES), description=_SCOPES)
    expires_at: AwareDatetime | None = left_out()


class RotateRequest(BaseModel):
    """How long the old key stays valid beside the new one."""

    model_config = ConfigDict(extra="forbid")

    overlap_seconds: int = Field(0, strict=True, ge=0, le=MAX_OVERLAP_SECONDS)


class ApiKeyResponse(Principal):
    """A key without what it is: `prefix` is its beginning."""

    prefix: str
    scopes: list[str]
    status: str = Field(description="`active`, `expired` or `revoked`")
    user: str | None = Field(description="Whose key it is; it ends when they leave")
    service_account: UUID | None = Field(description="Whose key it is; it ends with it")
    last_used_at: datetime | None = Field(description="Exact to a minute")
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: UUID | None


class NewApiKeyResponse(ApiKeyResponse):
    """A key, with itself: shown this once."""

    key: str


class RotatedResponse(BaseModel):
    """The new key, shown this once, and the old one with its end."""

    new: NewApiKeyResponse
    old: ApiKeyResponse


class ApiKeyPage(Page[ApiKeyResponse]):
    """Keys, newest first."""


class ApiKeyViewSet(WorkspaceViewSet):
    """The keys of the workspace."""

    area = "access"
    roles = {"list": Role.ADMIN, "retrieve": Role.ADMIN}

    @extend_schema(operation_id="api_keys_list", parameters=parameters(ApiKeyQuery), responses=ApiKeyPage)
    def list(self, request: Request) -> Response:
        """All keys, those that ended too."""
        rows = ApiKey.objects.filter(**self.query(ApiKeyQuery).filters()).select_related("user")
        return self.page(rows, shape)

    @extend_schema(operation_id="api_keys_create", request=ApiKeyRequest, responses={201: NewApiKeyResponse})
    def create(self, request: Request) -> Response:
        """Make a key. It is in this answer, and cannot be read again."""
        body = self.body(ApiKeyRequest)
        row, key = api_key_changes.make(
            name=body.name,
            role=body.role,
            scopes=body.scopes,
            expires_at=body.expires_at,
            account=_account(body.service_account),
            by=self.caller.actor,
        )
        return _secret(NewApiKeyResponse(**shape(row).model_dump(), key=key), status=201)

    @extend_schema(operation_id="api_keys_retrieve", responses=ApiKeyResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One key."""
        return answer(shape(self._find(pk)))

    @extend_schema(operation_id="api_keys_partial_update", request=ApiKeyChange, responses=ApiKeyResponse)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given."""
        row, body = self._find(pk), self.body(ApiKeyChange)
        changes = body.model_dump(exclude_unset=True)
        return answer(shape(api_key_changes.change(row.pk, changes, by=self.caller.actor)))

    @extend_schema(operation_id="api_keys_destroy", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke a key: it is refused from now on, and stays in the list; open invitations that it sent end. Twice is
        once."""
        api_key_changes.revoke(self._find(pk).pk, by=self.caller.actor)
        return Response(status=204)

    @extend_schema(operation_id="api_keys_rotate", request=RotateRequest, responses={201: RotatedResponse})
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """Make a new key like this one, which ends at once, or after `overlap_seconds`."""
        row, body = self._find(pk), self.body(RotateRequest)
        rotated = api_key_changes.rotate(row.pk, overlap_seconds=body.overlap_seconds, by=self.caller.actor)
        old, new, key = rotated
        fresh = NewApiKeyResponse(**shape(new).model_dump(), key=key)
        return _secret(RotatedResponse(new=fresh, old=shape(old)), status=201)

    def _find(self, pk: str) -> ApiKey:
        return self.find(ApiKey.objects.select_related("user"), pk)


def shape(row: ApiKey) -> ApiKeyResponse:
    """The key as it is shown."""
    return ApiKeyResponse(
        id=row.pk,
        name=row.name,
        prefix=row.prefix,
        role=row.role,
        scopes=row.scopes,
        status=_status(row),
        user=row.user.get_username() if row.user else None,
        service_account=row.service_account_id,
        created_by=row.created_by,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        replaced_by=row.replaced_by_id,
    )


def _status(row: ApiKey) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= timezone.now() else "active"


def _account(uid: UUID | None) -> ServiceAccount | None:
    if uid is None:
        return None
    row = ServiceAccount.objects.filter(pk=uid).first()
    if row is None:
        problem = Problem("/service_account", "unknown_service_account", f"There is no service account {uid}.")
        raise InvalidError("The key was not made.", problems=[problem])
    return row


def _secret(shown: BaseModel, *, status: int) -> Response:
    """What no cache may keep."""
    response = answer(shown, status=status)
    response["Cache-Control"] = "no-store"
    return response
