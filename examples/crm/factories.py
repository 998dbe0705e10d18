"""Rows of the CRM for tests, of Sequitur's and of your own; they need factory_boy. Give each a workspace."""

import factory
from factory.django import DjangoModelFactory

from examples.crm.models import Account, Contact, Deal, Lead


class AccountFactory(DjangoModelFactory[Account]):
    """An account in the Netherlands."""

    class Meta:
        model = Account

    title = factory.Sequence(lambda number: f"Account {number}")
    country = "NL"


class ContactFactory(DjangoModelFactory[Contact]):
    """A person at an account of the same workspace."""

    class Meta:
        model = Contact

    account = factory.SubFactory(AccountFactory, workspace=factory.SelfAttribute("..workspace"))
    first_name = "Grace"
    last_name = "Hopper"
    email = factory.Sequence(lambda number: f"contact{number}@example.com")
    phone = "+31 6 87654321"


class LeadFactory(DjangoModelFactory[Lead]):
    """A new lead, whose masked fields are filled in."""

    class Meta:
        model = Lead

    first_name = "Ada"
    email = factory.Sequence(lambda number: f"lead{number}@example.com")
    company_name = factory.Sequence(lambda number: f"Company {number}")
    score = 50
    tax_number = "NL123456789B01"
    phone = "+31 6 12345678"


class DealFactory(DjangoModelFactory[Deal]):
    """A new deal."""

    class Meta:
        model = Deal

    name = factory.Sequence(lambda number: f"Deal {number}")
