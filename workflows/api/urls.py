"""Where workflows and runs are found."""

from rest_framework.routers import SimpleRouter

from workflows.api import decision_views, views

router = SimpleRouter()
router.register("workflows", views.WorkflowViewSet, basename="workflow")
router.register(
    "workflows/(?P<workflow_id>[^/]+)/decisions", decision_views.WorkflowDecisionViewSet, basename="workflow-decision"
)
router.register(
    "workflows/(?P<workflow_id>[^/]+)/explain", decision_views.WorkflowExplainViewSet, basename="workflow-explain"
)
router.register("workflow-runs", views.RunViewSet, basename="workflow-run")
urlpatterns = router.urls
