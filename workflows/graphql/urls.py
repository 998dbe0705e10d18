"""Where GraphQL is found."""

from rest_framework.routers import SimpleRouter

from workflows.graphql.views import GraphqlViewSet

router = SimpleRouter()
router.register("graphql", GraphqlViewSet, basename="graphql")
urlpatterns = router.urls
