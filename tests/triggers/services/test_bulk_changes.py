from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from core.models import Workspace
from examples.crm.models import Account, Deal
from tests.triggers.conftest import Told
from triggers import data_changes
from triggers.models import Event
from triggers.services import statements

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def registered(unwatched: None) -> None:
    data_changes.register(Deal, fields=["stage", "amount", "closes_on"])


def types(events: list[Event]) -> list[str]:
    return [each.type for each in events]


def many(workspace: Workspace, number: int) -> list[Deal]:
    return [Deal(workspace=workspace, amount=each) for each in range(number)]


def test_bulk_create_tells_of_every_row(workspace: Workspace, told: Told) -> None:
    assert data_changes.bulk_create(Deal, iter(many(workspace, 450))) == 450

    assert types(told()) == ["deal.created"] * 450
    assert told()[-1].data["deal"]["amount"] == "449.00"


def test_bulk_update_tells_of_what_changed(workspace: Workspace, told: Told) -> None:
    with data_changes.paused():
        data_changes.bulk_create(Deal, rows := many(workspace, 3))
    for deal in rows:
        deal.amount = Decimal(1)

    assert data_changes.bulk_update(rows, ["amount"]) == 3

    assert types(told()) == ["deal.updated", "deal.amount_changed"] * 2


def test_update_tells_of_what_changed_also_where_rows_no_longer_match(workspace: Workspace, told: Told) -> None:
    with data_changes.paused():
        data_changes.bulk_create(Deal, many(workspace, 450))

    assert (
        data_changes.update(Deal.objects.filter(stage="new", amount__gte=1), stage="won", views=F("views") + 1) == 449
    )

    assert types(told()) == ["deal.updated", "deal.stage_changed"] * 449
    assert Deal.objects.filter(stage="won", views=1).count() == 449


def test_update_of_a_slice_changes_no_other_row(workspace: Workspace, told: Told) -> None:
    with data_changes.paused():
        data_changes.bulk_create(Deal, many(workspace, 5))

    assert data_changes.update(Deal.objects.order_by("-amount")[:2], stage="won") == 2

    assert sorted(Deal.objects.filter(stage="won").values_list("amount", flat=True)) == [3, 4]


def test_delete_tells_of_every_row_and_leaves_the_others(workspace: Workspace, told: Told) -> None:
    with data_changes.paused():
        data_changes.bulk_create(Deal, many(workspace, 450))

    assert data_changes.delete(Deal.objects.filter(amount__gte=10)) == 440

    assert types(told()) == ["deal.deleted"] * 440
    assert Deal.objects.count() == 10


@pytest.mark.parametrize("call", ["bulk_create", "update", "delete"])
def test_many_changes_happen_all_or_not_at_all(
    workspace: Workspace, told: Told, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    with data_changes.paused():
        data_changes.bulk_create(Deal, many(workspace, 450))
    number, real = 0, statements.insert

    def crash(*args: Any, **kwargs: Any) -> Any:
        nonlocal number
        number += 1
        if number == 2:
            raise RuntimeError("killed")
        return real(*args, **kwargs)

    monkeypatch.setattr(statements, "insert", crash)
    calls = {
        "bulk_create": lambda: data_changes.bulk_create(Deal, many(workspace, 450)),
        "update": lambda: data_changes.update(Deal.objects.all(), stage="won"),
        "delete": lambda: data_changes.delete(Deal.objects.all()),
    }
    with pytest.raises(RuntimeError, match="killed"), transaction.atomic():
        calls[call]()

    assert (told(), Deal.objects.count(), Deal.objects.filter(stage="won").count()) == ([], 450, 0)


def test_an_unwatched_model_is_refused_by_the_functions_for_many_rows() -> None:
    with pytest.raises(LookupError, match=r"crm\.Account is not watched"):
        data_changes.update(Account.objects.all(), title="x")
