"""Where action types, and what they need and keep, are found."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from actions.api import (
    action_role_views,
    connection_views,
    connector_views,
    inbox_views,
    key_value_views,
    message_views,
    outbound_views,
    views,
)

router = SimpleRouter()
router.register("action-types", views.ActionTypeViewSet, basename="action-type")
router.register("connection-types", connection_views.ConnectionTypeViewSet, basename="connection-type")
router.register("connections", connection_views.ConnectionViewSet, basename="connection")
router.register("connectors", connector_views.ConnectorViewSet, basename="connector")
router.register("inbox", inbox_views.InboxViewSet, basename="inbox")
router.register("kv", key_value_views.KeyValueViewSet, basename="key-value")
router.register("message-templates", message_views.MessageTemplateViewSet, basename="message-template")
router.register("outbound/hosts", outbound_views.OutboundHostViewSet, basename="outbound-host")
router.register("webhooks", outbound_views.WebhookViewSet, basename="webhook")
action_roles = action_role_views.ActionRolesViewSet.as_view({"get": "list", "put": "replace"})
urlpatterns = [
    path("connections/oauth/callback/", connection_views.OAuthCallbackView.as_view(), name="connection-oauth-callback"),
    path("action-roles/", action_roles, name="action-roles"),
    *router.urls,
]
