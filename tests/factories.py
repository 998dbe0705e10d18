"""Rows for tests, made the way the product makes them wherever that is a call."""

from typing import Any

import factory
from django.contrib.auth.models import User
from factory.django import DjangoModelFactory

from core import tenancy
from core.models import Role, Workspace
from core.services import api_keys, workspaces
from triggers.engine.incoming import IncomingEvent
from triggers.models import Event
from triggers.services import ingest
from workflows.models import Workflow
from workflows.services import workflows


class UserFactory(DjangoModelFactory[User]):
    """A user without a password."""

    class Meta:
        model = User

    username = factory.Sequence(lambda number: f"user{number}")


class WorkspaceFactory(DjangoModelFactory[Workspace]):
    """A workspace as `workspaces.create` makes it."""

    class Meta:
        model = Workspace

    slug = factory.Sequence(lambda number: f"workspace-{number}")
    name = factory.LazyAttribute(lambda row: row.slug.title())

    @classmethod
    def _create(cls, model_class: type[Workspace], *args: Any, **kwargs: Any) -> Workspace:
        return workspaces.create(**kwargs)


def api_key(workspace: Workspace, role: Role = Role.ADMIN) -> str:
    """A new key of the workspace, as text."""
    return api_keys.issue(workspace, name=f"test {role}", role=role)[1]


def definition(*actions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A valid definition on `lead.created`; without actions it logs one line."""
    trigger = {} if "triggers" in changes else {"trigger": {"type": "lead.created"}}
    return {
        "name": "Greet",
        **trigger,
        "actions": list(actions) or [log_event("hello")],
        **changes,
    }


def log_event(message: str, **changes: Any) -> dict[str, Any]:
    """An action that does nothing outside."""
    return {"type": "log_event", "params": {"message": message}, **changes}


def published(workspace: Workspace, document: dict[str, Any] | None = None) -> Workflow:
    """A workflow with this definition, active."""
    with tenancy.scope(workspace.pk):
        workflow = workflows.create(document or definition())
        workflows.publish(workflow, published_by="test")
        return workflow


def event(workspace: Workspace, type_: str = "lead.created", **data: Any) -> Event:
    """An accepted event with this data."""
    with tenancy.scope(workspace.pk):
        return ingest.accept(IncomingEvent(type=type_, data=data), workspace=workspace).event
