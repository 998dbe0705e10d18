"""Which admin site the apps register with."""

from importlib import import_module

from django.apps import apps
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import module_has_submodule

from core import plugins


class OperatorAdminConfig(SimpleAdminConfig):
    """Django's admin, as operators see it. Pages of plugins come with the plugins, which may be faulty."""

    default_site = "core.admin_site.OperatorSite"

    def ready(self) -> None:
        super().ready()
        for each in apps.get_app_configs():
            if plugins.find(each.name) is None and module_has_submodule(each.module, "admin"):
                import_module(f"{each.name}.admin")
