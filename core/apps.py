"""Registration of the app with Django."""

from importlib import import_module

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Makes what extends other libraries known to them."""

    name = "core"

    def ready(self) -> None:
        import_module("core.api.openapi")
        import_module("core.checks")
