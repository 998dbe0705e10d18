"""Where secrets and plugins are found."""

from rest_framework.routers import SimpleRouter

from core.api import plugins, secrets

router = SimpleRouter()
router.register("secrets", secrets.SecretViewSet, basename="secret")
router.register("plugins", plugins.PluginViewSet, basename="plugin")
urlpatterns = router.urls
