"""The messages that a workspace writes itself: a template, and every version that it ever had."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.models import WorkspaceRow


class MessageTemplate(WorkspaceRow):
    """A message of the workspace, for any channel. What it says is its newest version.

    One that is named as a message of the product takes the place of that message in this workspace.
    """

    name = models.CharField(max_length=100)
    title = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("workspace", Lower("name"), name="message_template_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="message_template_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class MessageTemplateVersion(WorkspaceRow):
    """What a message said from some moment on; never changed afterwards. `number` counts from 1, without gaps."""

    template = models.ForeignKey(MessageTemplate, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.TextField()
    text = models.TextField(blank=True, help_text="Empty: it is made from the HTML")
    html = models.TextField(blank=True)
    sample_variables = models.JSONField(default=dict, blank=True, help_text="What a preview is filled in with")
    created_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="message_version_number_once")]

    def __str__(self) -> str:
        return f"{self.template} version {self.number}"
