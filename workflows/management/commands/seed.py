"""`manage.py seed`: the demo workspace that `make up` shows. Safe to repeat: it makes what is missing.

A new workspace gets the rows of `fixtures/demo.json` of every plugin, once: what people change or delete stays so.

The login `admin` gets the given password and is an admin of the workspace, whatever it was before.
"""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand

from core import documents, plugins, tenancy
from core.models import Role, Workspace
from core.services import api_keys, workspaces
from triggers.models import EventType
from triggers.services import event_type_files
from workflows.models import Workflow
from workflows.services import workflows

SLUG = "demo"
ADMIN = "admin"
FIXTURE = "demo.json"
EXAMPLE = Path("examples/workflows/welcome_lead.yaml")


class Command(BaseCommand):
    """Reads `SEQUITUR_ADMIN_PASSWORD` and `SEQUITUR_BOOTSTRAP_API_KEY`; without them, makes no login and no key."""

    help = "Make the demo workspace with an admin, an API key, an example and event types, as far as they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        found = Workspace.objects.filter(slug=SLUG).first()
        workspace = found or workspaces.create(slug=SLUG, name="Demo")
        if password := os.environ.get("SEQUITUR_ADMIN_PASSWORD"):
            workspaces.add_member(workspace, user=_admin(password), role=Role.ADMIN)
        if key := os.environ.get("SEQUITUR_BOOTSTRAP_API_KEY"):
            api_keys.store(workspace, key=key, name="bootstrap", role=Role.ADMIN)
        with tenancy.scope(workspace.pk):
            if not Workflow.objects.exists():
                _example()
            if not EventType.objects.exists():
                event_type_files.load(event_type_files.shipped())
            if found is None:
                self._load_fixtures()
        self.stdout.write(f"The workspace {SLUG} is ready.")

    def _load_fixtures(self) -> None:
        """Load what plugins bring. One that cannot be loaded is named, and the others are."""
        for path in plugins.files("fixtures", FIXTURE):
            try:
                call_command("loaddata", str(path), verbosity=0)
            except Exception as error:  # noqa: BLE001  a plugin's file may be wrong in any way
                self.stderr.write(f"{path} was not loaded: {error}")


def _admin(password: str) -> User:
    """The login of the operators' admin, with this password."""
    user, created = User.objects.get_or_create(username=ADMIN, defaults={"is_staff": True, "is_superuser": True})
    if created or not user.check_password(password):
        user.set_password(password)
        user.save()
    return user


def _example() -> None:
    raw = (settings.BASE_DIR / EXAMPLE).read_bytes()
    workflow = workflows.create(documents.parse_yaml(raw, max_bytes=settings.SEQUITUR_MAX_BODY_BYTES))
    workflows.publish(workflow, published_by="seed")
