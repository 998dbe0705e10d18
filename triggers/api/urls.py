"""Where events, what became of them, their types, types of triggers and schedules are found."""

from rest_framework.routers import SimpleRouter

from triggers.api import decision_views, event_type_views, schedule_views, views

router = SimpleRouter()
router.register("events", views.EventViewSet, basename="event")
router.register("events/(?P<event_id>[^/]+)/decisions", decision_views.EventDecisionViewSet, basename="event-decision")
router.register("event-types", event_type_views.EventTypeViewSet, basename="event-type")
router.register("triggers/preview", schedule_views.PreviewViewSet, basename="trigger-preview")
router.register("trigger-types", views.TriggerTypeViewSet, basename="trigger-type")
router.register("schedules", schedule_views.ScheduleViewSet, basename="schedule")
urlpatterns = router.urls
