"""Where workflows and runs are found."""

from rest_framework.routers import SimpleRouter

from workflows.api import views

router = SimpleRouter()
router.register("workflows", views.WorkflowViewSet, basename="workflow")
router.register("workflow-runs", views.RunViewSet, basename="workflow-run")
urlpatterns = router.urls
