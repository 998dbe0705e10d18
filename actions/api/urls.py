"""Where action types are found."""

from rest_framework.routers import SimpleRouter

from actions.api import views

router = SimpleRouter()
router.register("action-types", views.ActionTypeViewSet, basename="action-type")
urlpatterns = router.urls
