"""What workflows may read and write of the CRM, and what nobody sees: masked fields are masked in events too."""

from actions import entities
from core.models import Role
from examples.crm.models import Account, Contact, Deal, Lead

entities.register(
    Lead,
    writable={
        **dict.fromkeys(
            ["status", "score", "source", "campaign", "company_name", "first_name", "last_name", "email", "owner"],
            Role.EDITOR,
        ),
        "annual_revenue": Role.ADMIN,
        "budget": Role.ADMIN,
    },
    masked=["tax_number", "phone"],
    owner="owner",
    creatable=True,
)
entities.register(
    Deal,
    writable=["name", "stage", "forecast", "amount", "closes_on", "account", "owner", "owner_email"],
    masked=["iban"],
    owner="owner",
    creatable=True,
)
entities.register(Contact, writable=["first_name", "last_name", "email", "account"], masked=["phone"], creatable=True)
entities.register(Account, writable=["title", "country"], creatable=True)
