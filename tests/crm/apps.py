"""Registration of the app with Django."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Its tables are in the database of the tests from the start."""

    name = "tests.crm"
    label = "crm"
    default_auto_field = "django.db.models.BigAutoField"
