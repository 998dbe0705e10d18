"""How the generator of the API's description reads our views, and writes our two ways to say who calls."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from core import scopes
from core.api.permissions import needed_scope


class Description(AutoSchema):
    """Of one view. What `responses` names is the whole answer: the generator would make `list` an array of it."""

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False

    def _get_format_parameters(self) -> list[Any]:
        """None: what has several forms takes `as`, or `Accept`; the framework's `format` is refused by every view."""
        return []


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer sq_...`."""

    target_class = "core.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        words = ", ".join(f"`{each}`" for each in scopes.SCOPES)
        description = (
            "An API key: `Authorization: Bearer sq_...`. It may do what its role allows; one that was made with scopes "
            f"only what those name, which each operation lists here: {words}."
        )
        return {"type": "http", "scheme": "bearer", "description": description}

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        return {self.name: [needed_scope(auto_schema.method, auto_schema.view)]}


class SessionScheme(OpenApiAuthenticationExtension):
    """The browser's session."""

    target_class = "core.api.authentication.WorkspaceSessionAuthentication"
    name = "session"
    where = "with the workspace's slug in the header X-Workspace"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        description = f"A session of the browser, {self.where}"
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": description}


class NamedWorkspaceScheme(SessionScheme):
    """The same where the URL names the workspace."""

    target_class = "core.api.authentication.NamedWorkspaceSessionAuthentication"
    name = "sessionOfWorkspace"
    where = "in the workspace of the URL"


class StreamScheme(SessionScheme):
    """The same where no header can be sent."""

    target_class = "core.api.authentication.StreamSessionAuthentication"
    name = "sessionOfStream"
    where = "with the workspace's slug in the parameter `workspace`"


class PersonScheme(SessionScheme):
    """The same where no workspace is needed."""

    target_class = "core.api.authentication.PersonAuthentication"
    name = "sessionOfPerson"
    where = "in whatever workspaces"
