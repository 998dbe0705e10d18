"""Until now nobody owned a workspace: the admin who was there first does."""

from django.db import migrations

_FIRST = """
UPDATE core_membership SET is_owner = true WHERE id IN (
    SELECT DISTINCT ON (workspace_id) id FROM core_membership WHERE role = 'admin' ORDER BY workspace_id, id
)
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0006_management")]
    operations = [migrations.RunSQL(_FIRST, migrations.RunSQL.noop)]
