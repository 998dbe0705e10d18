"""Registration of the app with Django."""

from django.apps import AppConfig


class TriggersConfig(AppConfig):
    """Names the app."""

    name = "triggers"
