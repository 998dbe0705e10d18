"""Registration of the app with Django."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """Names the app."""

    name = "workflows"
