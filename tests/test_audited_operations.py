"""Every operation of the API that changes something leaves an entry in the audit trail.

The operations come from the description of the API: a new one that is in neither table fails.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.db.models import Q
from rest_framework.test import APIClient

from actions.models import OutboundHost
from core import tenancy
from core.models import AuditEntry, DeadLetter, Membership, Role, Workspace
from core.services import workspaces
from tests import factories, hooks, operations, runner
from tests.actions.connectors.documents import PETS
from tests.core.api.test_members import signed_in
from tests.workflows import asking
from triggers.services import failures
from workflows.models import ActionRun, NotificationDelivery
from workflows.services.notifications import delivering

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_broker")]

# What changes nothing that anybody set up, and why.
EXCEPT = {
    "connections_authorize": "only begins: `connection.authorized` follows when somebody agreed",
    "connections_test": "asks the other side, and notes on the connection how that went",
    "events_batch": "data: an event is a row that says who sent it",
    "events_create": "data: an event is a row that says who sent it",
    "events_query": "asks",
    "expressions_render": "asks",
    "expressions_scope_of": "asks",
    "graphql": "its mutations are those of other operations: tests/workflows/graphql/test_mutations.py",
    "inbox_read": "data: that somebody read a message is on the message",
    "inbox_read_all": "data: that somebody read a message is on the message",
    "key_values_destroy": "data, which runs write too",
    "key_values_update": "data, which runs write too",
    "message_templates_preview": "asks",
    "message_templates_preview_unsaved": "asks",
    "templates_preview": "asks",
    "triggers_preview": "asks",
    "webhooks_test": "sends one message, and stores nothing",
    "workflow_tests_run": "asks",
    "workflows_backtest": "asks",
    "workflows_execute": "data: the run says who started it",
    "workflows_explain": "asks",
    "workflows_promote": "tests/workflows/api/test_promote.py: it needs a key of another workspace",
    "workflows_publish_preview": "asks",
    "workflows_rollback_preview": "asks",
    "workflows_template_update_preview": "asks",
    "workflows_test": "asks",
    "workspaces_import": "tests/workflows/api/test_workspace_transfer.py: it needs the digest of a preview",
}
FAILS = {"id": "a", "type": "test_trying", "params": {"succeed_on_attempt": 99, "is_retryable": False}}
TOLD = {"channel": "in_app", "trigger": "ON_FAILED", "to": "ops", "message": "It failed"}
CONNECTION = {
    "name": "shop", "kind": "http_bearer", "settings": {"base_url": "https://example.com"}, "secrets": {"token": "t"},
}  # fmt: skip
GREET = factories.definition()
OTHER = factories.definition(factories.log_event("other"))
ONE: dict[str, Any] = {"operation": "cancel", "filter": {"ids": ["{in_bulk}"]}, "expected": 1, "reason": "x"}

# In this order: what is called, with what in place of `{...}` in its path, and its body. `{x}` is the id that x left.
STORY: list[tuple[str, str, Any]] = [
    ("action_roles_update", "", {"roles": {"log_event": "editor"}}),
    ("workspaces_partial_update", "{slug}", {"name": "Other"}),
    ("api_keys_create", "", {"name": "k", "role": "viewer"}),
    ("api_keys_partial_update", "{api_keys_create}", {"name": "l"}),
    ("api_keys_rotate", "{api_keys_create}", {"overlap_seconds": 60}),
    ("api_keys_destroy", "{api_keys_create}", None),
    ("service_accounts_create", "", {"name": "ci", "role": "viewer"}),
    ("service_accounts_partial_update", "{service_accounts_create}", {"role": "editor"}),
    ("service_accounts_destroy", "{service_accounts_create}", None),
    ("secrets_create", "", {"name": "token", "value": "x"}),
    ("secrets_destroy", "token", None),
    ("connections_create", "", CONNECTION),
    ("connections_partial_update", "shop", {"role": "admin"}),
    ("connections_destroy", "shop", None),
    ("connectors_create", "", PETS),
    ("connectors_update", "pets", {**PETS, "title": "Animals"}),
    ("connectors_destroy", "pets", None),
    ("event_types_create", "", {"name": "lead.lost"}),
    ("event_types_update", "lead.lost", {"description": "Gone"}),
    ("event_types_partial_update", "lead.lost", {"description": "Left"}),
    ("event_types_destroy", "lead.lost", None),
    ("message_templates_create", "", {"name": "hi", "subject": "Hi", "text": "Hello"}),
    ("message_templates_update", "hi", {"subject": "Hi!", "text": "Hello"}),
    ("message_templates_rollback", "hi", {"number": 1}),
    ("message_templates_destroy", "hi", None),
    ("outbound_hosts_reset", "example.com", None),
    ("members_invite", "", {"email": "eve@example.com", "role": "viewer"}),
    ("invitations_destroy", "{members_invite}", None),
    ("members_partial_update", "{bob}", {"role": "editor"}),
    ("members_destroy", "{bob}", None),
    ("templates_fork", "lead-nurture", {"name": "Ours"}),
    ("workflows_template_update", "ours", {"parameters": {"score": 50}}),
    ("workflows_import", "", {**GREET, "name": "Brought along"}),
    ("workflows_create", "", GREET),
    ("workflows_update", "greet", OTHER),
    ("workflows_partial_update", "greet", {"description": "Says hello"}),
    ("workflows_publish", "greet", {}),
    ("workflows_pause", "greet", {}),
    ("workflows_resume", "greet", {}),
    ("workflows_duplicate", "greet", {}),
    ("workflow_tests_create", "greet", {"name": "t", "event": {"type": "lead.created"}}),
    ("workflow_tests_partial_update", "greet {workflow_tests_create}", {"name": "u"}),
    ("workflow_tests_destroy", "greet {workflow_tests_create}", None),
    ("workflows_update", "greet", GREET),
    ("workflows_publish", "greet", {}),
    ("workflows_rollback", "greet", {"version": 1}),
    ("workflows_archive", "greet", {}),
    ("workflows_restore", "greet", {}),
    ("workflows_destroy", "greet", None),
    ("triggers_partial_update", "{hook}", {"is_enabled": False}),
    ("triggers_rotate_url", "{hook}", None),
    ("triggers_create", "", {"workflow": "fails", "type": "lead.lost"}),
    ("triggers_destroy", "{triggers_create}", None),
    ("patterns_create", "", {"name": "won", "type": "deal.won"}),
    ("patterns_partial_update", "{patterns_create}", {"is_active": False}),
    ("patterns_destroy", "{patterns_create}", None),
    ("workflow_runs_retry", "{failed}", {"reason": "x"}),
    ("workflow_runs_retry_action", "{failed} {action}", {"reason": "x"}),
    ("workflow_runs_replay_notification", "{failed} {notification}", None),
    ("workflow_runs_skip_action", "{failed} {action}", {"reason": "x"}),
    ("workflow_runs_replay", "{failed}", {"reason": "x"}),
    ("workflow_runs_decide", "{asking} {question}", {"decision": "approved"}),
    ("workflow_runs_cancel", "{waiting}", {}),
    ("workflow_runs_bulk", "", ONE),
    ("repairs_pause", "{workflow_runs_bulk}", {}),
    ("repairs_resume", "{workflow_runs_bulk}", {}),
    ("repairs_cancel", "{workflow_runs_bulk}", {}),
    ("notifications_bulk", "", {"operation": "replay", "filter": {"ids": ["{notification}"]}, "expected": 1}),
    ("dead_letters_discard", "{letter 0}", {"reason": "x"}),
    ("dead_letters_redrive", "{letter 1}", {"reason": "x"}),
    ("dead_letters_redrive_many", "", {"filters": {}, "reason": "x"}),
]
# What people do who are signed in.
PERSONAL: list[tuple[str, str, Any]] = [
    ("members_accept", "", {"token": "{token}"}),
    ("members_transfer", "{ann}", None),
    ("members_leave", "", None),
    ("workspaces_create", "", {"slug": "new", "name": "New"}),
]


def filled(part: Any, names: dict[str, Any]) -> Any:
    """The part with what stands for the names in braces."""
    if isinstance(part, list):
        return [filled(each, names) for each in part]
    if isinstance(part, dict):
        return {name: filled(value, names) for name, value in part.items()}
    if isinstance(part, str) and re.search(r"\{[a-z_]+( \d)?\}", part):
        return re.sub(r"\{([a-z_]+(?: \d)?)\}", lambda found: str(names.get(found[1], found[0])), part)
    return part


def told(story: list[tuple[str, str, Any]], api: APIClient, names: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Each call of the story, and how many entries it left."""
    known = {each.name: each for each in operations.described(api)}
    for name, path, body in story:
        operation, places = known[name], filled(path, names).split()
        url = re.sub(r"\{[^}]+\}", lambda _, left=places: left.pop(0), operation.path)  # type: ignore[misc]
        before = number_of_entries()
        answer = getattr(api, operation.method)(url, filled(body, names), format="json")
        shown = answer.json() if answer.content else {}
        names.setdefault(name, shown.get("id"))
        is_done = answer.status_code < 300
        yield name if is_done else f"{name}: {shown}", number_of_entries() - before if is_done else 0
        runner.drain()  # as workers would meanwhile


def number_of_entries() -> int:
    with tenancy.unscoped("of whichever workspace"):
        return AuditEntry.objects.exclude(Q(actor="sequitur") | Q(actor="")).count()


def rows_of(workspace: Workspace) -> dict[str, Any]:
    """What the stories are about, by the names that they use."""
    hook = hooks.published(workspace)
    failed = asking.started(workspace, FAILS, name="Fails", settings={"notifications": [TOLD]})
    asked = asking.started(workspace, asking.asking(), name="Asks", type_="asked")
    waiting = asking.started(workspace, asking.asking(), name="Waits", type_="waited")
    in_bulk = asking.started(workspace, asking.asking(), name="Waits too", type_="waited.too")
    bob = workspaces.add_member(workspace, user=factories.UserFactory.create(), role=Role.VIEWER)
    for _ in range(3):
        event = factories.event(workspace)
        failures.give_up(event.pk, code="worker_lost", message="It ended its worker.")
    with tenancy.scope(workspace.pk):
        OutboundHost.objects.create(workspace=workspace, host="example.com")
        delivering.deliver(NotificationDelivery.objects.filter(run=failed)[0].pk)
        letters = list(DeadLetter.objects.filter(kind="event").values_list("pk", flat=True))
        return {
            "slug": workspace.slug,
            "bob": bob.pk,
            "hook": hook.trigger_id,
            "failed": failed.pk,
            "action": ActionRun.objects.get(run=failed).pk,
            "notification": NotificationDelivery.objects.filter(run=failed)[0].pk,
            "asking": asked.pk,
            "question": ActionRun.objects.get(run=asked).pk,
            "waiting": waiting.pk,
            "in_bulk": in_bulk.pk,
            **{f"letter {at}": pk for at, pk in enumerate(letters)},
        }


def test_every_operation_that_changes_something_is_told_or_said_why_not(api: APIClient) -> None:
    changing = {each.name for each in operations.described(api) if each.method != "get"}

    assert {name for name, _, _ in (*STORY, *PERSONAL)} | EXCEPT.keys() == changing
    assert not {name for name, _, _ in (*STORY, *PERSONAL)} & EXCEPT.keys()


def test_what_programs_change_leaves_an_entry_each_time(api: APIClient, workspace: Workspace) -> None:
    left = list(told(STORY, api, rows_of(workspace)))

    assert "\n".join(name for name, number in left if not number) == ""


def test_what_people_change_leaves_an_entry_each_time(
    api: APIClient, workspace: Workspace, django_capture_on_commit_callbacks: Any
) -> None:
    ann, eve = (factories.UserFactory.create(username=each, is_staff=True) for each in ("ann", "eve"))
    member = workspaces.add_member(workspace, user=ann, role=Role.ADMIN)
    with django_capture_on_commit_callbacks(execute=True):
        api.post("/api/v1/members/", {"email": "eve@example.com", "role": "admin"}, format="json")
    [token] = re.findall(r"sqi_\S+", str(mail.outbox[0].body))
    accept, transfer, leave, create = PERSONAL

    left = [*told([accept], signed_in(eve), {"token": token})]
    with tenancy.scope(workspace.pk):
        names = {"ann": Membership.objects.get(user=eve).pk}
    assert member.is_owner
    left += told([transfer, leave, create], signed_in(ann, workspace), names)

    assert "\n".join(name for name, number in left if not number) == ""
