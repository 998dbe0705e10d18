"""Where events and trigger types are found."""

from rest_framework.routers import SimpleRouter

from triggers.api import views

router = SimpleRouter()
router.register("events", views.EventViewSet, basename="event")
router.register("trigger-types", views.TriggerTypeViewSet, basename="trigger-type")
urlpatterns = router.urls
