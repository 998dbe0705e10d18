"""Where workflows and runs are found."""

from rest_framework.routers import SimpleRouter

from workflows.api import decision_views, delivery_views, notification_views, stats_views, template_views, views

router = SimpleRouter()
router.register("workflows", views.WorkflowViewSet, basename="workflow")
router.register(
    "workflows/(?P<workflow_id>[^/]+)/decisions", decision_views.WorkflowDecisionViewSet, basename="workflow-decision"
)
router.register(
    "workflows/(?P<workflow_id>[^/]+)/explain", decision_views.WorkflowExplainViewSet, basename="workflow-explain"
)
router.register("workflows/(?P<workflow_id>[^/]+)/stats", stats_views.WorkflowStatsViewSet, basename="workflow-stats")
router.register("templates", template_views.TemplateViewSet, basename="template")
router.register("workflow-runs", views.RunViewSet, basename="workflow-run")
router.register(
    "workflow-runs/(?P<run_id>[^/]+)/notifications",
    notification_views.RunNotificationViewSet,
    basename="run-notification",
)
router.register("notifications", notification_views.NotificationViewSet, basename="notification")
router.register("webhook-deliveries", delivery_views.WebhookDeliveryViewSet, basename="webhook-delivery")
urlpatterns = router.urls
