"""How a request of a connector signs in: the secrets that a kind of `auth` asks for, and what it sends."""

import base64
from typing import Any

from pydantic import BaseModel, Field, create_model

from actions.connections.base import Authorization, ConnectionPart, NoSecrets
from actions.connectors.document import ApiKeyAuth, Auth, BasicAuth, BearerAuth, NoAuth, OAuth2Auth

MAX_CHARACTERS = 16_384


def secrets_model(auth: Auth) -> type[ConnectionPart]:
    """The secret fields of a connection with this kind of `auth`."""
    if isinstance(auth, NoAuth):
        return NoSecrets
    described = {_field(auth): auth.description}
    if isinstance(auth, BasicAuth) and auth.username_setting is None:
        described = {"username": "The user name.", **described}
    fields: dict[str, Any] = {
        name: (str, Field(min_length=1, max_length=MAX_CHARACTERS, description=text, repr=False))
        for name, text in described.items()
    }
    return create_model("Secrets", __base__=ConnectionPart, **fields)


def authorization(auth: Auth, *, settings: BaseModel, secrets: BaseModel) -> Authorization:
    """What a request carries for this kind of `auth`."""
    if isinstance(auth, NoAuth):
        return Authorization()
    secret = str(getattr(secrets, _field(auth)))
    match auth:
        case BearerAuth() | OAuth2Auth():
            return Authorization(headers={"Authorization": f"Bearer {secret}"})
        case BasicAuth():
            holder, name = (settings, auth.username_setting) if auth.username_setting else (secrets, "username")
            pair = f"{getattr(holder, name)}:{secret}".encode()
            return Authorization(headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}"})
        case ApiKeyAuth(place="query"):
            return Authorization(query={auth.name: f"{auth.prefix}{secret}"})
        case ApiKeyAuth():
            return Authorization(headers={auth.name: f"{auth.prefix}{secret}"})


def _field(auth: BearerAuth | BasicAuth | ApiKeyAuth | OAuth2Auth) -> str:
    return {"bearer": "token", "basic": "password", "api_key": "api_key", "oauth2": "access_token"}[auth.kind]
