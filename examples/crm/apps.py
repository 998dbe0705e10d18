"""Registration of the app with Django."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Says which changes of rows are events. What actions may do with them is said in `entities.py`."""

    name = "examples.crm"
    label = "crm"
    verbose_name = "CRM (example)"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from examples.crm import watching

        watching.begin()
