"""The CRM's rows, to be changed by hand and seen to start workflows."""

from django.contrib import admin

from core.admin_site import RowAdmin
from examples.crm.models import Account, Contact, Deal, Lead


@admin.register(Lead)
class LeadAdmin(RowAdmin[Lead]):
    """Leads."""

    list_display = ["__str__", "status", "score", "budget", "owner", "workspace"]
    list_filter = ["status"]
    search_fields = ["company_name", "email"]


@admin.register(Deal)
class DealAdmin(RowAdmin[Deal]):
    """Deals."""

    list_display = ["__str__", "stage", "amount", "owner", "workspace"]
    list_filter = ["stage"]
    search_fields = ["name"]


@admin.register(Contact)
class ContactAdmin(RowAdmin[Contact]):
    """Contacts."""

    list_display = ["__str__", "email", "account", "workspace"]
    search_fields = ["first_name", "last_name", "email"]


@admin.register(Account)
class AccountAdmin(RowAdmin[Account]):
    """Accounts."""

    list_display = ["title", "country", "workspace"]
    search_fields = ["title"]
