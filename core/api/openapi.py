"""How the generator of the API's description writes our two ways to say who calls."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer sq_...`."""

    target_class = "core.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer sq_...`"}


class SessionScheme(OpenApiAuthenticationExtension):
    """The browser's session."""

    target_class = "core.api.authentication.WorkspaceSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        description = "A session of the browser, with the workspace's slug in the header X-Workspace"
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": description}
