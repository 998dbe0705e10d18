"""Leads, deals, contacts and accounts, as a project that uses Sequitur has them."""

import uuid

from django.conf import settings
from django.db import models

from core.models import Workspace


class LeadStatus(models.TextChoices):
    """How far a lead is."""

    NEW = "new"
    CONTACTED = "contacted"
    QUALIFIED = "qualified"
    UNQUALIFIED = "unqualified"
    CONVERTED = "converted"


class Stage(models.TextChoices):
    """How far a deal is."""

    NEW = "new"
    QUALIFIED = "qualified"
    PROPOSAL = "proposal"
    NEGOTIATION = "negotiation"
    WON = "won"
    LOST = "lost"


class Forecast(models.TextChoices):
    """How sure a deal is."""

    PIPELINE = "pipeline"
    BEST_CASE = "best_case"
    COMMIT = "commit"


class Account(models.Model):
    """Somebody to sell to; of a workspace."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    title = models.TextField()
    country = models.CharField(max_length=2, blank=True, default="")

    # Managers are written out: the type checker's settings have no plugins.
    objects: models.Manager["Account"] = models.Manager()

    def __str__(self) -> str:
        return self.title


class Contact(models.Model):
    """A person at an account."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="contacts")
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")

    objects: models.Manager["Contact"] = models.Manager()

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Lead(models.Model):
    """Somebody who may buy. `tax_number` and `phone` are nobody's business but the sales people's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    first_name = models.CharField(max_length=100, blank=True, default="")
    last_name = models.CharField(max_length=100, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    tax_number = models.CharField(max_length=40, blank=True, default="")
    company_name = models.CharField(max_length=200, blank=True, default="")
    status = models.CharField(max_length=20, choices=LeadStatus, default=LeadStatus.NEW)
    source = models.CharField(max_length=40, blank=True, default="")
    score = models.PositiveSmallIntegerField(default=0)
    annual_revenue = models.BigIntegerField(default=0)
    budget = models.BigIntegerField(default=0)
    campaign = models.CharField(max_length=60, blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: models.Manager["Lead"] = models.Manager()

    def __str__(self) -> str:
        return self.company_name or f"{self.first_name} {self.last_name}".strip()


class Deal(models.Model):
    """Something that may be sold. A deal without a workspace belongs to nobody yet: its changes make no events."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", null=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="deals")
    name = models.CharField(max_length=200, blank=True, default="")
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.NEW)
    forecast = models.CharField(max_length=20, choices=Forecast, default=Forecast.PIPELINE)
    amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    closes_on = models.DateField(null=True, blank=True)
    iban = models.CharField(max_length=34, blank=True, default="")
    views = models.IntegerField(default=0)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    owner_email = models.EmailField(blank=True, default="")
    labels = models.ManyToManyField(Account, blank=True, related_name="+")

    objects: models.Manager["Deal"] = models.Manager()

    def __str__(self) -> str:
        return self.name or str(self.pk)


class BigDeal(Deal):
    """The same rows under another class."""

    class Meta:
        proxy = True
