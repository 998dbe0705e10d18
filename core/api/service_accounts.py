"""Service accounts over HTTP: members that are no people."""

from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, ConfigDict
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import ListQuery, parameters
from core.api.shapes import Name, Page, Principal, left_out
from core.api.views import WorkspaceViewSet, answer
from core.models import Role, ServiceAccount
from core.services import service_accounts


class ServiceAccountRequest(BaseModel):
    """A service account to make."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    role: Role


class ServiceAccountChange(BaseModel):
    """What is to be changed; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = left_out()
    role: Role = left_out()


class ServiceAccountResponse(Principal):
    """A member that is no person. Its keys: `api-keys/?service_account=`."""


class ServiceAccountPage(Page[ServiceAccountResponse]):
    """Service accounts, newest first."""


class ServiceAccountViewSet(WorkspaceViewSet):
    """Programs under a name of their own."""

    area = "access"
    roles = {"list": Role.ADMIN, "retrieve": Role.ADMIN}

    @extend_schema(operation_id="service_accounts_list", parameters=parameters(ListQuery), responses=ServiceAccountPage)
    def list(self, request: Request) -> Response:
        """All service accounts."""
        self.query(ListQuery)
        return self.page(ServiceAccount.objects.all(), _shape)

    @extend_schema(
        operation_id="service_accounts_create", request=ServiceAccountRequest, responses={201: ServiceAccountResponse}
    )
    def create(self, request: Request) -> Response:
        """Make one; then make it a key with `POST api-keys/` and its id as `service_account`."""
        body = self.body(ServiceAccountRequest)
        row = service_accounts.create(name=body.name, role=body.role, by=self.caller.actor)
        return answer(_shape(row), status=201)

    @extend_schema(operation_id="service_accounts_retrieve", responses=ServiceAccountResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One service account."""
        return answer(_shape(self.find(ServiceAccount.objects.all(), pk)))

    @extend_schema(
        operation_id="service_accounts_partial_update",
        request=ServiceAccountChange,
        responses=ServiceAccountResponse,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change its name, or its role: its keys have no higher one from then on."""
        row, body = self.find(ServiceAccount.objects.all(), pk), self.body(ServiceAccountChange)
        changes = body.model_dump(exclude_unset=True)
        return answer(_shape(service_accounts.change(row.pk, changes, by=self.caller.actor)))

    @extend_schema(operation_id="service_accounts_destroy", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it, with its keys."""
        service_accounts.delete(self.find(ServiceAccount.objects.all(), pk).pk, by=self.caller.actor)
        return Response(status=204)


def _shape(row: ServiceAccount) -> ServiceAccountResponse:
    return ServiceAccountResponse(
        id=row.pk, name=row.name, role=row.role, created_by=row.created_by, created_at=row.created_at
    )
