"""Where action types and connections are found."""
"""Where action types and kept values are found."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from actions.api import action_role_views, connection_views, views

router = SimpleRouter()
router.register("action-types", views.ActionTypeViewSet, basename="action-type")
router.register("connection-types", connection_views.ConnectionTypeViewSet, basename="connection-type")
router.register("connections", connection_views.ConnectionViewSet, basename="connection")
action_roles = action_role_views.ActionRolesViewSet.as_view({"get": "list", "put": "replace"})
urlpatterns = [
    path("connections/oauth/callback/", connection_views.OAuthCallbackView.as_view(), name="connection-oauth-callback"),
    path("action-roles/", action_roles, name="action-roles"),
    *router.urls,
]
from actions.api import outbound_views, views

router = SimpleRouter()
router.register("action-types", views.ActionTypeViewSet, basename="action-type")
router.register("outbound/hosts", outbound_views.OutboundHostViewSet, basename="outbound-host")
router.register("webhooks", outbound_views.WebhookViewSet, basename="webhook")
from actions.api import connector_views, views

router = SimpleRouter()
router.register("action-types", views.ActionTypeViewSet, basename="action-type")
router.register("connectors", connector_views.ConnectorViewSet, basename="connector")
from actions.api import key_value_views, views

router = SimpleRouter()
router.register("action-types", views.ActionTypeViewSet, basename="action-type")
router.register("kv", key_value_views.KeyValueViewSet, basename="key-value")
from actions.api import inbox_views, message_views, views

router = SimpleRouter()
router.register("action-types", views.ActionTypeViewSet, basename="action-type")
router.register("message-templates", message_views.MessageTemplateViewSet, basename="message-template")
router.register("inbox", inbox_views.InboxViewSet, basename="inbox")
urlpatterns = router.urls
