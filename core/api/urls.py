"""Where secrets are found."""

from rest_framework.routers import SimpleRouter

from core.api import secrets

router = SimpleRouter()
router.register("secrets", secrets.SecretViewSet, basename="secret")
urlpatterns = router.urls
