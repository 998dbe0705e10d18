"""Registration of the app with Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Names the app."""

    name = "core"
