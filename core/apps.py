"""Registration of the app with Django."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    """Makes what extends other libraries known to them."""

    name = "core"

    def ready(self) -> None:
        import_module("core.api.openapi")
        import_module("core.checks")
        import_module("core.services.heartbeats").connect()
        _know_messages()
        _count_holdings()
        if settings.SEQUITUR_ROW_SECURITY != "off":
            post_migrate.connect(_build_wall, sender=self)


def _know_messages() -> None:
    from core.models import LetterKind
    from core.redrivers import redrivers
    from core.services import resending

    redrivers.register(LetterKind.MESSAGE, resending.resend)


def _count_holdings() -> None:
    from core import ports
    from core.selectors import holdings

    for name, count in holdings.COUNTS.items():
        ports.connect_count(name, count)


def _build_wall(**_: Any) -> None:
    """When all tables are there, whichever app's migrations made them."""
    from core.row_security import policies

    policies.apply()
