"""Registration of the app with Django."""

from typing import Any

import structlog
from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from core import discovery, plugins

log = structlog.get_logger(__name__)


class TriggersConfig(AppConfig):
    """Finds the schemes of verification, and the trigger types."""

    name = "triggers"

    def ready(self) -> None:
        from core import ports
        from core.models import LetterKind
        from core.redrivers import redrivers
        from triggers.models import Pattern
        from triggers.services import event_type_files, giving_up, quotas

        redrivers.register(LetterKind.EVENT, giving_up.redrive)
        plugins.reads("event_types", "*.yaml", event_type_files.check)
        ports.connect_count("max_events_per_day", quotas.counted)
        ports.connect_count("max_patterns", lambda now: Pattern.objects.count())
        discovery.import_all("triggers.verification")
        discovery.import_all("triggers.types")
        pre_migrate.connect(_drop_view, sender=self)
        post_migrate.connect(_make_view, sender=self)


def _drop_view(*, plan: list[Any], **_: Any) -> None:
    """Migrations may change what it reads. Without any, as after tests that empty the tables, it stays."""
    from triggers.services.querying import role

    if plan:
        role.give_way()


def _make_view(**_: Any) -> None:
    """When all tables are there, and after the wall between workspaces, which makes a role too."""
    from triggers.services.querying import role

    for each in role.apply().refused:
        log.warning("queries over events need more than this login may do: manage.py query_role", refused=each)
