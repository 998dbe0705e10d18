"""Where events, what became of them, and trigger types are found."""

from rest_framework.routers import SimpleRouter

from triggers.api import decision_views, views

router = SimpleRouter()
router.register("events", views.EventViewSet, basename="event")
router.register("events/(?P<event_id>[^/]+)/decisions", decision_views.EventDecisionViewSet, basename="event-decision")
router.register("trigger-types", views.TriggerTypeViewSet, basename="trigger-type")
urlpatterns = router.urls
