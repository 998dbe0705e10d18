"""The URLs of everything: the API below `/api/v1/`, its documentation, the operators' admin, and health."""

from django.contrib import admin
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from core.api.envelope import envelope


def health(request: HttpRequest) -> JsonResponse:
    """Says that the web process answers; it asks nobody else, so that a slow database does not restart the web."""
    return JsonResponse({"status": "ok"})


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """The envelope for a URL that means nothing."""
    return JsonResponse(envelope(f"There is nothing at {request.path[:200]}.", "not_found"), status=404)


def server_error(request: HttpRequest) -> JsonResponse:
    """The envelope for what nobody foresaw; it tells nothing of the inside."""
    body = envelope("Something went wrong on our side; the log has the details under the request's id.", "error")
    return JsonResponse(body, status=500)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """The envelope for what Django refuses before any view, such as a host that is not ours."""
    body = envelope("The request is malformed, or names a host that is not served here.", "malformed")
    return JsonResponse(body, status=400)


handler400 = bad_request
handler404 = not_found
handler500 = server_error

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/")),
    path("health/", health),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema")),
    path("api/v1/", include("triggers.api.urls")),
    path("api/v1/", include("actions.api.urls")),
    path("api/v1/", include("workflows.api.urls")),
    path("api/v1/", include("workflows.graphql.urls")),
    path("api/v1/", include("core.api.urls")),
    path("hooks/", include("triggers.api.hook_urls")),
]
