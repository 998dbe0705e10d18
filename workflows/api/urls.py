"""Where workflows and runs are found."""

from rest_framework.routers import SimpleRouter

from workflows.api import (
    backtest_views,
    bulk_views,
    decision_views,
    delivery_views,
    expression_views,
    monitoring_views,
    notification_views,
    pattern_views,
    run_views,
    stats_views,
    stream_views,
    template_views,
    testing_views,
    transfer_views,
    trigger_views,
    version_views,
    views,
)

router = SimpleRouter()
router.register("workflows/import", transfer_views.WorkflowImportViewSet, basename="workflow-import")  # no id of one
router.register("workflows", views.WorkflowViewSet, basename="workflow")
router.register(
    "workflows/(?P<workflow_id>[^/]+)/decisions", decision_views.WorkflowDecisionViewSet, basename="workflow-decision"
)
router.register(
    "workflows/(?P<workflow_id>[^/]+)/explain", decision_views.WorkflowExplainViewSet, basename="workflow-explain"
)
router.register(
    "workflows/(?P<workflow_id>[^/]+)/backtest", backtest_views.WorkflowBacktestViewSet, basename="workflow-backtest"
)
router.register("workflows/(?P<workflow_id>[^/]+)/versions", version_views.VersionViewSet, basename="workflow-version")
router.register("workflows/(?P<workflow_id>[^/]+)/stats", stats_views.WorkflowStatsViewSet, basename="workflow-stats")
router.register("workflows/(?P<workflow_id>[^/]+)/test", testing_views.WorkflowTestViewSet, basename="workflow-test")
router.register("workflows/(?P<workflow_id>[^/]+)/tests", testing_views.KeptTestViewSet, basename="workflow-kept-test")
router.register("triggers", trigger_views.TriggerViewSet, basename="trigger")  # as they are read: `triggers.api`
router.register("patterns", pattern_views.PatternViewSet, basename="pattern")
router.register(
    "workflows/(?P<workflow_id>[^/]+)/template", template_views.WorkflowTemplateViewSet, basename="workflow-template"
)
router.register(
    "workflows/(?P<workflow_id>[^/]+)/promote", transfer_views.WorkflowPromoteViewSet, basename="workflow-promote"
)
router.register("expressions", expression_views.ExpressionViewSet, basename="expression")
router.register("templates", template_views.TemplateViewSet, basename="template")
# Before the runs: "bulk" is no id of one.
router.register("workflow-runs/bulk", bulk_views.BulkRunViewSet, basename="workflow-run-bulk")
router.register("notifications/bulk", bulk_views.BulkNotificationViewSet, basename="notification-bulk")
router.register("repairs", bulk_views.RepairViewSet, basename="repair")
router.register("workflow-runs/(?P<run_id>[^/]+)/stream", stream_views.RunStreamViewSet, basename="workflow-run-stream")
router.register("stream", stream_views.StreamViewSet, basename="stream")
router.register("workflow-runs", run_views.RunViewSet, basename="workflow-run")
router.register(
    "workflow-runs/(?P<run_id>[^/]+)/notifications",
    notification_views.RunNotificationViewSet,
    basename="run-notification",
)
router.register("notifications", notification_views.NotificationViewSet, basename="notification")
router.register("webhook-deliveries", delivery_views.WebhookDeliveryViewSet, basename="webhook-delivery")
router.register("monitoring/dashboard", monitoring_views.DashboardViewSet, basename="monitoring-dashboard")
router.register("monitoring/executions", monitoring_views.ExecutionViewSet, basename="monitoring-execution")
router.register("monitoring/usage", monitoring_views.UsageViewSet, basename="monitoring-usage")
router.register("workspaces", transfer_views.WorkspaceTransferViewSet, basename="workspace-transfer")
urlpatterns = router.urls
