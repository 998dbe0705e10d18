from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import F, Model

from core import tenancy
from core.models import Workspace
from examples.crm.models import Account, BigDeal, Deal, Stage
from tests import factories, races
from tests.triggers.conftest import Told
from triggers import data_changes
from triggers.models import Event
from triggers.services import matching, statements
from workflows.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def registered(unwatched: None) -> None:
    data_changes.register(Deal, fields=["stage", "amount", "closes_on"])


def types(events: list[Event]) -> list[str]:
    return [each.type for each in events]


def test_a_created_row_is_an_event_with_its_values_as_json(workspace: Workspace, told: Told) -> None:
    deal = Deal.objects.create(workspace=workspace, stage=Stage.WON, amount=Decimal("9.5"), closes_on=date(2026, 1, 31))

    [event] = told()
    row = {"stage": "won", "amount": "9.50", "closes_on": "2026-01-31"}
    assert (event.type, event.source, event.subject) == ("deal.created", "django/crm.deal", str(deal.pk))
    assert event.data == {
        "deal": row,
        "deal_id": str(deal.pk),
        "deal_data": row,
        "old": {},
        "new": row,
        "changed": ["stage", "amount", "closes_on"],
    }


def test_an_update_is_an_event_for_the_row_and_one_for_each_field_that_changed(
    workspace: Workspace, told: Told
) -> None:
    deal = Deal.objects.create(workspace=workspace)
    deal.stage = Stage.WON
    deal.save()

    _, updated, changed = told()
    row = {"stage": "won", "amount": "0.00", "closes_on": None}
    common = {"deal": row, "deal_id": str(deal.pk), "old": {"stage": "new"}, "new": {"stage": "won"}}
    assert (updated.type, updated.data) == ("deal.updated", {**common, "changed": ["stage"]})
    assert (changed.type, changed.data) == (
        "deal.stage_changed",
        {
            **common,
            "changed": ["stage"],
            "old_stage": "new",
            "new_stage": "won",
            "old_value": "new",
            "new_value": "won",
        },
    )


def test_a_deleted_row_is_an_event_with_what_it_was(workspace: Workspace, told: Told) -> None:
    deal = Deal.objects.create(workspace=workspace)
    key = str(deal.pk)
    deal.delete()

    event = told()[-1]
    row = {"stage": "new", "amount": "0.00", "closes_on": None}
    assert event.type == "deal.deleted"
    assert (event.data["deal"], event.data["deal_id"], event.data["old"], event.data["new"]) == (row, key, row, {})


def test_a_save_that_changes_nothing_that_is_watched_is_no_event(workspace: Workspace, told: Told) -> None:
    deal = Deal.objects.create(workspace=workspace)
    deal.iban = "NL00"
    deal.save()
    deal.save()

    assert types(told()) == ["deal.created"]


def test_only_what_update_fields_writes_has_changed(workspace: Workspace, told: Told) -> None:
    deal = Deal.objects.create(workspace=workspace)
    deal.stage, deal.amount = Stage.WON, Decimal(5)
    deal.save(update_fields=["amount"])

    assert types(told())[1:] == ["deal.updated", "deal.amount_changed"]
    assert told()[-1].data["deal"]["stage"] == "new"


def test_the_old_value_is_that_of_the_row_and_not_of_a_stale_instance(workspace: Workspace, told: Told) -> None:
    stale = Deal.objects.create(workspace=workspace, amount=1)
    Deal.objects.filter(pk=stale.pk).update(amount=2)
    stale.amount = Decimal(3)
    stale.save()

    assert (told()[-1].data["old_amount"], told()[-1].data["new_amount"]) == ("2.00", "3.00")


def test_expressions_and_deferred_fields_are_told_as_they_were_stored(workspace: Workspace, told: Told) -> None:
    pk = Deal.objects.create(workspace=workspace, amount=1).pk
    deal = Deal.objects.only("amount").get(pk=pk)
    deal.amount = F("amount") + 1
    deal.save()

    assert told()[-1].data["deal"] == {"stage": "new", "amount": "2.00", "closes_on": None}


def test_created_and_updated_in_one_transaction_are_events_in_order(workspace: Workspace, told: Told) -> None:
    with transaction.atomic():
        deal = Deal.objects.create(workspace=workspace)
        deal.stage = Stage.WON
        deal.save()

    assert types(told()) == ["deal.created", "deal.updated", "deal.stage_changed"]


def test_what_is_rolled_back_never_happened_nor_what_a_savepoint_takes_back(workspace: Workspace, told: Told) -> None:
    with transaction.atomic():
        Deal.objects.create(workspace=workspace, amount=1)
        with transaction.atomic():
            Deal.objects.create(workspace=workspace, amount=2)
            transaction.set_rollback(True)

    assert [each.data["deal"]["amount"] for each in told()] == ["1.00"]


def test_masked_fields_are_told_as_a_mask_and_that_they_changed_is_told(workspace: Workspace, told: Told) -> None:
    data_changes.register(Deal, fields=["stage"], masked=["iban"])
    deal = Deal.objects.create(workspace=workspace, iban="NL01")
    deal.iban = "NL02"
    deal.save()

    assert types(told()) == ["deal.created", "deal.updated", "deal.iban_changed"]
    assert told()[-1].data["old_iban"] == told()[-1].data["deal"]["iban"] == "***"
    assert "NL0" not in str([each.data for each in told()])


def test_a_foreign_key_is_told_by_its_id(workspace: Workspace, told: Told) -> None:
    data_changes.register(Deal, fields=["account"])
    account = Account.objects.create(workspace=workspace, title="Acme")
    deal = Deal.objects.create(workspace=workspace)
    deal.account = account
    deal.save()

    assert told()[-1].type == "deal.account_id_changed"
    assert told()[-1].data["new_account_id"] == account.pk


def test_without_fields_all_that_are_stored_are_told(workspace: Workspace, told: Told) -> None:
    data_changes.register(Deal, "opportunity")
    Deal.objects.create(workspace=workspace)

    [event] = told()
    assert event.type == "opportunity.created"
    fields = {each.attname for each in Deal._meta.concrete_fields}
    assert set(event.data["opportunity"]) == fields


def test_rows_that_go_with_another_are_deleted_too(workspace: Workspace, told: Told) -> None:
    account = Account.objects.create(workspace=workspace, title="Acme")
    Deal.objects.create(workspace=workspace, account=account)

    account.delete()

    assert types(told()) == ["deal.created", "deal.deleted"]


def test_rows_that_are_saved_as_a_proxy_are_seen(workspace: Workspace, told: Told) -> None:
    BigDeal.objects.create(workspace=workspace).delete()

    assert types(told()) == ["deal.created", "deal.deleted"]


def test_a_row_belongs_to_its_own_workspace_and_one_without_is_no_event(
    workspace: Workspace, other_workspace: Workspace, told: Told
) -> None:
    Deal.objects.create(workspace=other_workspace)
    Deal.objects.create(workspace=None)

    assert told() == []
    with tenancy.scope(other_workspace.pk):
        assert types(list(Event.objects.all())) == ["deal.created"]


def test_a_row_that_moves_to_another_workspace_leaves_one_and_is_new_in_the_other(
    workspace: Workspace, other_workspace: Workspace, told: Told
) -> None:
    deal = Deal.objects.create(workspace=other_workspace, amount=1)
    deal.workspace, deal.amount = workspace, 2
    deal.save()

    [created] = told()
    assert (created.type, created.data["old"]) == ("deal.created", {})
    with tenancy.scope(other_workspace.pk):
        gone = Event.objects.latest("id")
        assert (gone.type, gone.data["deal"]["amount"]) == ("deal.deleted", "1.00")


def test_the_workspace_may_be_found_by_a_function(workspace: Workspace, told: Told) -> None:
    data_changes.register(Deal, workspace=lambda deal: deal.account and deal.account.workspace)
    account = Account.objects.create(workspace=workspace, title="Acme")

    Deal.objects.create(account=account)
    Deal.objects.create(account=None)

    assert types(told()) == ["deal.created"]


def test_fixtures_and_what_is_done_while_paused_make_no_events(workspace: Workspace, told: Told) -> None:
    deal = Deal(workspace=workspace)
    deal.save_base(raw=True)
    with data_changes.paused():
        Deal.objects.create(workspace=workspace)
        deal.stage = Stage.WON
        deal.save()
        deal.delete()
        data_changes.update(Deal.objects.all(), amount=7)

    assert told() == []


def test_a_model_that_is_unregistered_is_watched_no_more(workspace: Workspace, told: Told) -> None:
    data_changes.unregister(Deal)
    data_changes.unregister(Deal)

    Deal.objects.create(workspace=workspace).delete()

    assert told() == []
    assert "save_base" not in vars(Deal)


def test_registering_twice_tells_once(workspace: Workspace, told: Told) -> None:
    data_changes.register(Deal, "offer")
    data_changes.register(Deal, "offer")

    Deal.objects.create(workspace=workspace)

    assert types(told()) == ["offer.created"]


def test_a_row_that_is_too_large_for_an_event_is_cut(workspace: Workspace, told: Told) -> None:
    data_changes.register(Account)
    Account.objects.create(workspace=workspace, title="x" * 300_000)

    [event] = told()
    assert event.data["account"]["title"].endswith("[truncated]")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fields": ["nope"]}, "crm.Deal has no stored field 'nope'"),
        ({"masked": ["labels"]}, "crm.Deal has no stored field 'labels'"),
        ({"workspace": "account"}, "crm.Deal.account is no foreign key to core.Workspace"),
        ({"workspace": "nope"}, "crm.Deal.nope is no foreign key to core.Workspace"),
        ({"name": "a.b"}, "'a.b' cannot be part of an event's type"),
        ({"name": "a b"}, "'a b' cannot be part of an event's type"),
    ],
    ids=str,
)
def test_what_cannot_be_watched_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=message):
        data_changes.register(Deal, **arguments)


def test_a_proxy_is_not_registered_by_itself() -> None:
    with pytest.raises(ImproperlyConfigured, match="register the model that has"):
        data_changes.register(BigDeal)


def test_a_workflow_starts_for_a_changed_field(workspace: Workspace, told: Told) -> None:
    trigger = {"type": "data_change", "params": {"model": "deal", "field": "stage"}, "filters": {"new_stage": "won"}}
    factories.published(workspace, factories.definition(trigger=trigger))
    deal = Deal.objects.create(workspace=workspace)
    data_changes.update(Deal.objects.filter(pk=deal.pk), stage="won")

    for event in told():
        matching.match(event.pk)

    with tenancy.scope(workspace.pk):
        assert [run.event.type for run in Run.objects.all()] == ["deal.stage_changed"]


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_of_the_caller_row_and_event_are_stored_together(
    workspace: Workspace, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(statements, "insert", crash)
    with pytest.raises(RuntimeError, match="killed"):
        Deal.objects.create(workspace=workspace)

    assert (Deal.objects.count(), told()) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_who_changes_one_row_at_once_each_tell_what_they_found(workspace: Workspace, told: Told) -> None:
    deal = Deal.objects.create(workspace=workspace, amount=0)

    def change(number: int) -> None:
        mine: Model = Deal.objects.get(pk=deal.pk)
        mine.amount = Decimal(number + 1)  # type: ignore[attr-defined]
        mine.save()

    races.at_once(change, threads=6)

    steps = [each.data for each in told() if each.type == "deal.amount_changed"]
    ends = sorted((each["old_amount"], each["new_amount"]) for each in steps)
    assert len(ends) == 6
    assert {old for old, _ in ends} - {new for _, new in ends} == {"0.00"}, "each begins where another ended"
