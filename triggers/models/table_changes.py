"""What became of rows of tables that are watched by PostgreSQL itself."""

from django.db import models

from core.models import Workspace, WorkspaceRow


class TableChange(WorkspaceRow):
    """A row of a watched table was inserted, updated or deleted; there until the sweep has made events of it.

    Written by the trigger that `services.tables` installs, in the transaction of the change, with whatever rights that
    has. So nothing here may refuse it: `workspace` is not checked, and one that does not exist is found by the sweep.

    `new` is the row as it is, `old` what it was: all of it when deleted, only what changed when updated. Both hold what
    may be told: masked values have never left their row. `cause` is `<run>/<event>`: the run whose action changed it,
    and the event that the run was started for; empty when none is known (`services.causes`).
    """

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]  # in the order of the changes
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    source = models.TextField(help_text="table/<schema>.<table>")
    name = models.TextField(help_text="What a row is called: lead")
    operation = models.CharField(max_length=6, choices=[(word, word) for word in ("INSERT", "UPDATE", "DELETE")])
    key = models.JSONField(null=True, help_text="The primary key; a list when it has several columns")
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    cause = models.TextField(default="", db_default="", editable=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        db_table = "triggers_change"

    def __str__(self) -> str:
        return f"{self.operation} of {self.name} {self.key}"
