"""Answer a request with a stream of `core.streams`: who watches, whether they still may, and what they had before."""

from collections.abc import Callable
from typing import Any

from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from core import scopes
from core.api.authentication import ApiKeyAuthentication, Caller, StreamSessionAuthentication
from core.api.permissions import check_scope
from core.api.views import WorkspaceViewSet
from core.errors import SequiturError
from core.streams import frames, seats
from core.streams.readers import Reading, Subject
from core.streams.responses import StreamResponse
from core.streams.stream import IsDone, Stream


class AnyAccept(BaseContentNegotiation):
    """What opens streams accepts nothing but those; errors are JSON all the same."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class StreamingViewSet(WorkspaceViewSet):
    """Opens streams. A caller who is refused later, or a key that is revoked, ends them."""

    authentication_classes = (ApiKeyAuthentication, StreamSessionAuthentication)
    content_negotiation_class = AnyAccept

    def stream(
        self, subjects: list[Subject], *, areas: list[str], last_id: str | None, is_done: IsDone = lambda _: False
    ) -> HttpResponseBase:
        """The answer. 204, at which browsers do not come back, where nothing was missed and nothing is to come.

        Raises `TooManyStreamsError`.
        """
        last = last_id or self.request.headers.get("Last-Event-ID", "")[: frames.MAX_ID]
        workspace_id = self.caller.workspace.pk
        if last and self._is_complete(subjects, last, is_done):
            return HttpResponse(status=204)
        if self.request.method == "HEAD":
            return HttpResponse(content_type="text/event-stream")
        allowed = access_again(self.request._request, self.caller, areas)  # noqa: SLF001  Django's own
        leave = seats.take(workspace_id, self.caller.name)
        return StreamResponse(Stream(workspace_id, tuple(subjects), allowed, leave, is_done, last))

    def _is_complete(self, subjects: list[Subject], last: str, is_done: IsDone) -> bool:
        read = Reading().read(self.caller.workspace.pk, subjects, now=0)
        documents = {key: each for subject in subjects for key, each in read[subject].items()}
        told = ((key, frames.digest(each)) for key, each in documents.items())
        return is_done(documents) and frames.fingerprint(told) == last


def access_again(request: HttpRequest, caller: Caller, areas: list[str]) -> Callable[[], bool]:
    """A question that can be asked as long as the stream lasts: may they still read this, here, as who they were?"""
    meta = {name: value for name, value in request.META.items() if isinstance(value, str)}  # not the socket
    cookies, query = dict(request.COOKIES), request.GET
    authenticators: list[BaseAuthentication] = [ApiKeyAuthentication(), StreamSessionAuthentication()]

    def is_allowed() -> bool:
        again = HttpRequest()
        again.method, again.META, again.COOKIES, again.GET = "GET", dict(meta), dict(cookies), query
        SessionMiddleware(lambda _: HttpResponse()).process_request(again)
        _remember_user(again)
        try:
            found = Request(again, authenticators=authenticators).auth
            if not isinstance(found, Caller) or found.workspace.pk != caller.workspace.pk or found.name != caller.name:
                return False
            for area in areas:
                check_scope(found, scopes.named(area, is_write=False))
        except (SequiturError, APIException):
            return False
        return True

    return is_allowed


def _remember_user(request: HttpRequest) -> None:
    from django.contrib.auth import get_user

    request.user = get_user(request)
