"""Registration of the app with Django."""

from django.apps import AppConfig


class ActionsConfig(AppConfig):
    """Names the app."""

    name = "actions"
