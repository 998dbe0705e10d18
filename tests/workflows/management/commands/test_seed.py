"""`manage.py seed`: what a new demo workspace has, and what stays as people made it."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from core import tenancy
from core.models import Workspace
from core.plugins import table
from core.plugins.plugin import Plugin
from examples.crm.models import Account, Contact, Deal, Lead
from triggers.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[Path]:
    """A plugin whose fixture cannot be read, before all others in the alphabet."""
    path = tmp_path / "fixtures" / "demo.json"
    path.parent.mkdir()
    path.write_text("no json")
    table.add(Plugin(name="a_faulty_one", module="a_faulty_one", folder=tmp_path))
    yield path
    table.remove("a_faulty_one")


def seed() -> str:
    errors = io.StringIO()
    call_command("seed", stdout=io.StringIO(), stderr=errors)
    return errors.getvalue()


def test_a_new_demo_workspace_has_the_rows_of_the_plugins() -> None:
    assert seed() == ""

    demo = Workspace.objects.get(slug="demo")
    counts = [model.objects.filter(workspace=demo).count() for model in (Lead, Deal, Contact, Account)]
    assert counts == [3, 2, 2, 2]
    assert Contact.objects.get(first_name="Ada").account == Account.objects.get(title="Analytical Engines")


def test_what_people_did_with_the_rows_stays() -> None:
    seed()
    Lead.objects.all().delete()
    Account.objects.update(title="Ours")

    seed()

    assert (Lead.objects.count(), {*Account.objects.values_list("title", flat=True)}) == (0, {"Ours"})


def test_the_rows_can_be_loaded_by_hand_into_a_demo_workspace_that_was_there() -> None:
    seed()
    Lead.objects.all().delete()

    call_command("loaddata", "demo", verbosity=0)

    assert Lead.objects.count() == 3
    with tenancy.scope(Workspace.objects.get(slug="demo").pk):
        assert not Event.objects.filter(type="lead.created").exists()


def test_a_fixture_that_cannot_be_loaded_is_named_and_stops_nothing(faulty: Path) -> None:
    errors = seed()

    assert f"{faulty} was not loaded: " in errors
    assert Lead.objects.count() == 3
