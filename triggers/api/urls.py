"""Where events, what became of them, triggers and their types are found."""

from rest_framework.routers import SimpleRouter

from triggers.api import decision_views, trigger_views, views

router = SimpleRouter()
router.register("events", views.EventViewSet, basename="event")
router.register("events/(?P<event_id>[^/]+)/decisions", decision_views.EventDecisionViewSet, basename="event-decision")
router.register("triggers", trigger_views.TriggerViewSet, basename="trigger")
router.register("trigger-types", views.TriggerTypeViewSet, basename="trigger-type")
urlpatterns = router.urls
