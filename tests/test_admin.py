"""The operators' admin: every page works, and history cannot be changed there."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from actions import inbox, key_values
from actions.inbox import Letter
from actions.models import Export, Note, OutboundHost, Rotation, Tag, Task
from actions.services import connections, connectors, message_templates
from actions.services.message_templates import Draft
from core import ids, tenancy
from core.actors import Actor
from core.models import (
    ApiKey,
    AuditEntry,
    DeadLetter,
    Heartbeat,
    IdempotentAnswer,
    Invitation,
    LetterKind,
    Role,
    ServiceAccount,
    Workspace,
)
from core.services import answers, audit, dead_letters, invitations, service_accounts, workspaces
from core.services.answers import Answer, Asked
from core.services.dead_letters import Death
from tests import factories, hooks, schedules
from tests.actions.connectors.documents import PETS
from triggers.models import (
    Event,
    EventDay,
    EventType,
    Firing,
    Hook,
    QueryWatch,
    Schedule,
    TableChange,
    Tick,
    Trigger,
    TriggerState,
    Wait,
)
from triggers.services import event_types, matching, quotas, ticking, waits
from workflows.engine.repairs import Target
from workflows.models import (
    ActionAttempt,
    ActionRun,
    CircuitMark,
    FlowState,
    Gathering,
    NotificationDelivery,
    Repair,
    RepairItem,
    Run,
    RunHour,
    Workflow,
    WorkflowTest,
    WorkflowVersion,
)
from workflows.services import execution
from workflows.services.bulk import requesting, table
from workflows.services.bulk.filters import RunFilter
from workflows.services.bulk.requesting import Request
from workflows.services.editing import patterns
from workflows.services.flow import states
from workflows.services.notifications import delivering

pytestmark = pytest.mark.django_db

OURS = sorted(
    (model for app in ("core", "triggers", "actions", "workflows") for model in apps.get_app_config(app).get_models()),
    key=lambda model: model.__name__,
)
WITH_PAGES = [model for model in OURS if model in admin.site._registry]
HISTORY: list[type[Model]] = [
    Event,
    Firing,
    Hook,
    Trigger,
    Wait,
    Workflow,
    WorkflowVersion,
    Run,
    ActionRun,
    EventType,
    QueryWatch,
    Schedule,
    Tick,
]
HISTORY += [
    AuditEntry,
    IdempotentAnswer,
    CircuitMark,
    EventDay,
    RunHour,
    DeadLetter,
    FlowState,
    Gathering,
    Invitation,
    Heartbeat,
    NotificationDelivery,
    Repair,
    RepairItem,
    WorkflowTest,
    ServiceAccount,
    *(each for each in apps.get_app_config("actions").get_models() if each is not OutboundHost),
]
RECORDS: list[Any] = [Export, Note, Rotation, Tag, Task]


@pytest.fixture
def operator(workspace: Workspace, client: Client) -> Client:
    user = User.objects.create_superuser("operator")
    workspaces.add_member(workspace, user=user, role=Role.ADMIN)
    client.force_login(user)
    return client


@pytest.fixture
def history(workspace: Workspace) -> None:
    """One row of every model, with hostile text in those that strangers write."""
    Heartbeat.objects.create(name="beat", at=timezone.now())
    told = {"channel": "email", "trigger": "ON_COMPLETED", "to": "a@example.com", "message": "{{ lead.name }}"}
    action = factories.log_event("{{ lead.name }}", notifications=[told])
    factories.published(workspace, factories.definition(action))
    factories.api_key(workspace)
    hostile = {"name": "<script>alert(1)</script>", "token": "tok-123456"}
    row = schedules.published(workspace, every_seconds=60, data=hostile)
    schedules.due_at(row, row.anchor_at)
    ticking.tick(now=row.anchor_at)
    event = factories.event(workspace, lead={"name": "<script>alert(1)</script>", "token": "tok-123456"})
    deep = factories.event(workspace)
    with tenancy.scope(workspace.pk):
        Event.objects.filter(pk=deep.pk).update(depth=99)
    matching.match_many([event.pk, deep.pk])
    condition = {"field": "name", "operator": "eq", "value": "<script>alert(1)</script>"}
    hooks.post(hooks.published(workspace), b"<script>alert(1)</script>")
    with tenancy.scope(workspace.pk):
        execution.execute(ActionRun.objects.get().pk)
        delivering.deliver(NotificationDelivery.objects.get().pk)
        event_types.create("lead.created", {"description": "<script>alert(1)</script>"})
        TableChange.objects.create(
            workspace=workspace, source="table/public.leads", name="lead", operation="INSERT", at=event.received_at
        )
        patterns.create({"name": hostile["name"], "type": "lead.created"}, role=Role.ADMIN, by="test")
        TriggerState.objects.create(
            workspace=workspace, trigger=Trigger.objects.all()[0], label=hostile["name"], expires_at=timezone.now()
        )
        QueryWatch.objects.create(
            workspace=workspace, trigger=Trigger.objects.all()[0], params=hostile, error={"message": hostile["name"]}
        )
        waits.listen(waiter=ids.new_id(), event_type="lead.paid", condition=condition, since=event.received_at)
        _what_actions_keep(workspace, hostile)
        _what_flow_control_keeps(hostile["name"])
        _what_a_repair_keeps(hostile["name"])
        _who_is_let_in(workspace, hostile["name"])


def _who_is_let_in(workspace: Workspace, markup: str) -> None:
    invitations.invite(email="eve@example.com", role=Role.VIEWER, by=Actor(markup))
    service_accounts.create(name=markup, role=Role.VIEWER, by=Actor(markup))
    workspaces.add_member(workspace, user=factories.UserFactory.create(), role=Role.VIEWER)


def _what_flow_control_keeps(markup: str) -> None:
    hostile = {"name": markup}
    dead_letters.bury(Death(LetterKind.ACTION, ids.new_id(), markup, markup, attempts=1, task=markup, payload=hostile))
    answers.once(Asked(markup, markup, markup, "x"), lambda: Answer(201, {"name": markup, "token": "tok-123456"}))
    audit.record("workflow.paused", by=markup, target="workflow", reason=markup)
    trigger = Trigger.objects.all()[0]
    assert trigger.version_id is not None
    states.locked([states.Key(trigger.workflow_id, "rate_limit", markup)])
    Gathering.objects.create(
        workspace_id=trigger.workspace_id,
        workflow_id=trigger.workflow_id,
        version_id=trigger.version_id,
        trigger=trigger,
        control="batch",
        label=markup,
        last_event=ids.new_id(),
        opened_at=trigger.updated_at,
        last_failure=markup,
    )
    quotas.locked(100, now=timezone.now())
    run = Run.objects.all()[0]
    CircuitMark.objects.create(workspace=run.workspace, workflow=run.workflow, run=run, at=run.created_at)
    RunHour.objects.create(workspace=run.workspace, workflow=run.workflow, at=run.created_at)
    WorkflowTest.objects.create(
        workspace=run.workspace,
        workflow=run.workflow,
        name=markup,
        event={"type": markup, "data": {"token": "tok-123456"}},
        now=run.created_at,
        pins={"a": {"name": markup, "token": "tok-123456"}},
        expected={"status": "completed"},
        created_by=markup,
    )


def _what_a_repair_keeps(markup: str) -> None:
    runs = RunFilter(ids=list(Run.objects.values_list("pk", flat=True)))
    found = table.find(Target.RUN, "cancel")
    Run.objects.update(status="waiting")
    wanted = Request(found, runs, found.options(), Run.objects.count(), by=markup, reason=markup)
    RepairItem.objects.filter(repair=requesting.request(wanted).repair).update(error={"code": "x", "message": markup})


def _what_actions_keep(workspace: Workspace, hostile: dict[str, str]) -> None:
    markup = hostile["name"]
    settings, secrets = {"base_url": f"https://api.example.com/{markup}"}, {"token": hostile["token"]}
    connections.create(name="crm", kind="http_bearer", settings_=settings, secrets=secrets)
    connectors.create({**PETS, "title": markup})
    key_values.put("default", markup, key_values.Put(hostile), idempotency_key="run:a:0")
    message_templates.create("hello", Draft(markup, "x", sample_variables=hostile), by="test")
    inbox.put(Letter(to="ops", message=markup, delivery_key="k1"))
    OutboundHost.objects.create(workspace=workspace, host=markup)
    for number, model in enumerate(RECORDS):
        record: Any = model(workspace=workspace)
        for name in {"text", "title", "name", "key", "path"} & {each.name for each in model._meta.fields}:
            setattr(record, name, f"<script>alert({number})</script>")
        record.save()


def page(model: type[Model], name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def test_every_model_can_be_looked_at() -> None:
    inlines = {inline.model for each in admin.site._registry.values() for inline in each.inlines}

    assert set(OURS) <= {*WITH_PAGES} | inlines
    assert ActionAttempt in inlines


@pytest.mark.parametrize("model", WITH_PAGES)
def test_every_list_and_every_page_of_a_row_works(operator: Client, history: None, model: type[Model]) -> None:
    with tenancy.unscoped("the test looks at any row"):
        row = model._default_manager.first()
    assert row is not None

    listed = operator.get(page(model, "changelist"), {"q": "x"})
    shown = operator.get(page(model, "change", row.pk))

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert "<script>alert" not in shown.content.decode()
    assert "tok-123456" not in shown.content.decode()


@pytest.mark.parametrize("model", HISTORY)
def test_history_cannot_be_changed_added_or_deleted(operator: Client, history: None, model: type[Model]) -> None:
    with tenancy.unscoped("the test looks at any row"):
        row = model._default_manager.first()
        assert row is not None
        before = model._default_manager.values().first()

    answers = [
        operator.post(page(model, "change", row.pk), {"status": "completed"}),
        operator.post(page(model, "add"), {}),
        operator.post(page(model, "delete", row.pk), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    with tenancy.unscoped("the test looks at any row"):
        assert model._default_manager.values().first() == before


def test_the_admin_is_for_staff_only(client: Client, history: None) -> None:
    client.force_login(User.objects.create_user("tenant"))

    assert client.get(page(Run, "changelist")).status_code == 302


def test_a_key_can_be_revoked_and_its_hash_is_not_shown(operator: Client, history: None, workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        row = ApiKey.objects.get()

    shown = operator.get(page(ApiKey, "change", row.pk)).content.decode()

    assert row.key_hash not in shown
    assert row.prefix in shown


def test_the_page_of_an_event_says_why_it_started_what(
    operator: Client, workspace: Workspace, other_workspace: Workspace
) -> None:
    trigger = {"type": "lead.created", "filters": {"name": "Ada"}}
    factories.published(workspace, factories.definition(name="For Ada", trigger=trigger))
    factories.published(other_workspace, factories.definition(name="Of others"))
    event = factories.event(workspace, name="<script>alert(1)</script>")
    undecided = operator.get(page(Event, "change", event.pk)).content.decode()
    matching.match(event.pk)

    decided = operator.get(page(Event, "change", event.pk)).content.decode()

    assert "It waits to be decided on." in undecided
    assert "For Ada (version 1): <b>not_matched</b>." in decided
    assert "`name` eq &quot;Ada&quot; does not hold: it is &quot;&lt;script&gt;" in decided
    assert "<script>alert" not in decided
    assert "Of others" not in decided


def test_what_an_event_came_to_and_came_from_is_on_its_page(
    operator: Client, workspace: Workspace, history: None
) -> None:
    hooks.post(hooks.published(workspace, name="Other"), {"a": 1})
    with tenancy.scope(workspace.pk):
        brought = Event.objects.get(request__method="POST")
        deep = Event.objects.get(depth=99)

    assert "content-type" in operator.get(reverse("admin:triggers_event_change", args=[brought.pk])).content.decode()
    assert "suppressed: 1" in operator.get(reverse("admin:triggers_event_change", args=[deep.pk])).content.decode()


def test_what_has_no_event_type_is_called_by_its_key_and_type(
    operator: Client, workspace: Workspace, history: None
) -> None:
    with tenancy.scope(workspace.pk):
        shown = [str(Tick.objects.get().schedule), str(Hook.objects.get())]

    assert [each.partition(": ")[2] for each in shown] == ["t1 (schedule)", "t1 (webhook)"]
