"""Models such as a project that uses Sequitur has."""

import uuid

from django.db import models

from core.models import Workspace


class Stage(models.TextChoices):
    """How far a deal is."""

    NEW = "new"
    WON = "won"


class Account(models.Model):
    """Somebody to sell to; of a workspace."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    title = models.TextField()

    objects: models.Manager["Account"] = models.Manager()  # written out: the type checker's settings have no plugins

    def __str__(self) -> str:
        return self.title


class Deal(models.Model):
    """A row with a field of every kind that matters."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", null=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="deals")
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.NEW)
    amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    closes_on = models.DateField(null=True)
    iban = models.CharField(max_length=34, default="")
    views = models.IntegerField(default=0)
    labels = models.ManyToManyField(Account, related_name="+")

    objects: models.Manager["Deal"] = models.Manager()

    def __str__(self) -> str:
        return str(self.pk)


class BigDeal(Deal):
    """The same rows under another class."""

    class Meta:
        proxy = True
