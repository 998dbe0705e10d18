"""A real OAuth 2.0 server on loopback: it hands out tokens, remembers who asked, and checks PKCE."""

import base64
import hashlib
import json
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


@dataclass
class OAuthServer:
    """Tokens are numbered: `access-token-1`, `refresh-token-1`, and so on; each refresh token is good for one use.

    `refuses` is the error it answers instead; `holds` lets it wait before it answers.
    """

    http: HTTPServer
    lasts_seconds: int = 3600
    refuses: str = ""
    prefix: str = ""
    echoes: bool = False
    more: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    challenges: dict[str, str] = field(default_factory=dict)
    holds: threading.Event | None = None
    good_refresh_token: str = ""

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Those of a connection to it."""
        return {
            "base_url": self.http.url_for("/api"),
            "authorize_url": self.http.url_for("/authorize"),
            "token_url": self.http.url_for("/token"),
            "client_id": "sequitur",
            **changes,
        }

    def agree(self, url: str) -> dict[str, str]:
        """What a person brings back who opens the URL and agrees."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = f"{self.prefix}code-{len(self.challenges) + 1}"
        self.challenges[code] = query["code_challenge"]
        return {"code": code, "state": query["state"]}

    def token(self, request: Request) -> Response:
        form = dict(request.form.items())
        self.asked.append(form)
        self.logins.append(request.headers.get("Authorization", ""))
        if self.holds is not None:
            self.holds.wait(10)
        error = self.refuses or self._wrong(form)
        if error:
            said = {"error": error, "error_description": f"you sent {json.dumps(form)}" if self.echoes else "no"}
            return Response(json.dumps(said), 400, content_type="application/json")
        number = len(self.asked)
        answer = {
            "access_token": f"{self.prefix}access-token-{number}",
            "token_type": "Bearer",
            "expires_in": self.lasts_seconds,
        }
        if form["grant_type"] != "client_credentials":
            self.good_refresh_token = answer["refresh_token"] = f"{self.prefix}refresh-token-{number}"
        return Response(json.dumps({**answer, **self.more}), content_type="application/json")

    def _wrong(self, form: dict[str, str]) -> str:
        if form["grant_type"] == "authorization_code":
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            expected = self.challenges.pop(form["code"], "")
            return "" if base64.urlsafe_b64encode(digest).decode().rstrip("=") == expected else "invalid_grant"
        if form["grant_type"] == "refresh_token" and self.good_refresh_token:
            return "" if form["refresh_token"] == self.good_refresh_token else "invalid_grant"
        return ""


def serve(http: HTTPServer) -> OAuthServer:
    """The server's endpoints, on a server that runs."""
    server = OAuthServer(http)
    http.expect_request("/token", method="POST").respond_with_handler(server.token)
    return server
