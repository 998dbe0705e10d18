"""Columns that hold a word of a closed set."""

from django.db import models
from django.db.models import Q

from workflows.engine.notices import DeliveryStatus, NotifyOn
from workflows.engine.repairs import ItemStatus, RepairStatus, Target
from workflows.engine.states import ActionStatus, AttemptOutcome, RunStatus, WorkflowStatus

Words = type[
    WorkflowStatus
    | RunStatus
    | ActionStatus
    | AttemptOutcome
    | DeliveryStatus
    | NotifyOn
    | Target
    | RepairStatus
    | ItemStatus
]


def choices(words: Words) -> list[tuple[str, str]]:
    """The words as Django's choices."""
    return [(word.value, word.value.replace("_", " ")) for word in words]


def only(column: str, words: Words, *, name: str) -> models.CheckConstraint:
    """That the column says one of the words, whoever writes it."""
    return models.CheckConstraint(condition=Q(**{f"{column}__in": [word.value for word in words]}), name=name)
