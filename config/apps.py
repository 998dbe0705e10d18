"""Which admin site the apps register with."""

from django.contrib.admin.apps import AdminConfig


class OperatorAdminConfig(AdminConfig):
    """Django's admin, as operators see it."""

    default_site = "core.admin_site.OperatorSite"
