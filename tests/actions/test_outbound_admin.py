"""The page of hosts in trouble, for operators."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from actions.models import OutboundHost
from actions.outbound import remembered
from core import outbound_rules, tenancy
from core.models import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(workspace: Workspace) -> OutboundHost:
    rules = outbound_rules.of({"circuit": {"failures": 1}})
    with tenancy.scope(workspace.pk):
        remembered.record(remembered.admit("<script>alert(1)</script>", rules), failure="timeout")
        return OutboundHost.objects.get()


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


def test_hosts_are_listed_with_their_circuit(operator: Client, row: OutboundHost) -> None:
    listed = operator.get(reverse("admin:actions_outboundhost_changelist"), {"q": "script"})
    shown = operator.get(reverse("admin:actions_outboundhost_change", args=[row.pk]))

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert "open" in listed.content.decode()
    assert "<script>alert" not in listed.content.decode() + shown.content.decode()


def test_an_operator_forgets_a_host_and_changes_none(operator: Client, row: OutboundHost) -> None:
    changed = operator.post(reverse("admin:actions_outboundhost_change", args=[row.pk]), {"probe_at": 1})
    deleted = operator.post(reverse("admin:actions_outboundhost_delete", args=[row.pk]), {"post": "yes"})

    assert (changed.status_code, deleted.status_code) == (403, 302)
    with tenancy.unscoped("the test looks at any row"):
        assert not OutboundHost.objects.exists()
