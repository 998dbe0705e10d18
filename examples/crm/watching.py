"""Which changes of rows are events: `lead.created`, `deal.stage_changed` and so on, each with the row in its data."""

from examples.crm.models import Account, Contact, Deal, Lead
from triggers import data_changes

MODELS = (Lead, Deal, Contact, Account)


def begin() -> None:
    """Make events of the changes of all models. Safe to repeat."""
    for model in MODELS:
        data_changes.register(model)


def end() -> None:
    """Make no more of them."""
    for model in MODELS:
        data_changes.unregister(model)
