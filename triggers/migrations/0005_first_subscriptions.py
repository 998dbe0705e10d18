"""Every trigger that listens has a subscription, from the first generation of its workspace on."""

from uuid import UUID

from django.db import migrations

from core.ids import new_id


def subscribe(apps, schema_editor):
    Trigger = apps.get_model("triggers", "Trigger")
    Catalogue = apps.get_model("triggers", "Catalogue")
    Subscription = apps.get_model("triggers", "Subscription")
    manager = Trigger._base_manager
    seen: set[UUID] = set()
    for row in manager.filter(is_active=True).iterator():
        if row.workspace_id not in seen:
            seen.add(row.workspace_id)
            Catalogue._base_manager.create(id=new_id(), workspace_id=row.workspace_id, generation=1)
        Subscription._base_manager.create(
            id=new_id(),
            workspace_id=row.workspace_id,
            trigger_id=row.pk,
            workflow_id=row.workflow_id,
            version_id=row.version_id,
            event_type=row.event_type,
            filters=row.filters,
            conditions=row.conditions,
            since=1,
        )


class Migration(migrations.Migration):
    dependencies = [("triggers", "0004_ways_in")]
    operations = [migrations.RunPython(subscribe, migrations.RunPython.noop)]
