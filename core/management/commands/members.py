"""`manage.py members list|add|role|remove|transfer`: who is in a workspace."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from core.actors import Actor
from core.management import frame
from core.models import Membership, Role, Workspace
from core.services import members, workspaces


class Command(BaseCommand):
    """Prints a line for each member, after what was asked for was done."""

    help = "List the members of a workspace, add or remove one, change a role, pass on the ownership."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["list", "add", "role", "remove", "transfer"])
        parser.add_argument("workspace", help="slug of the workspace")
        parser.add_argument("user", nargs="?", help="name of the user")
        parser.add_argument("--role", choices=[role.value for role in Role], help="to add with, or to change to")

    def handle(self, *args: Any, **options: Any) -> None:
        with frame.within(options["workspace"]) as workspace:
            self._do(workspace, options)
            for row in Membership.objects.select_related("user").order_by("pk"):
                owner = " owner" if row.is_owner else ""
                self.stdout.write(f"{row.user.get_username()} {row.role}{owner}")

    def _do(self, workspace: Workspace, options: dict[str, Any]) -> None:
        what: str = options["what"]
        if what == "list":
            return
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        if what in {"add", "role"} and not options["role"]:
            raise CommandError("Say the role with --role.")
        if what == "add":
            workspaces.add_member(workspace, user=user, role=Role(options["role"]), by=frame.operator())
            return
        row = Membership.objects.filter(user=user).first()
        if row is None:
            raise CommandError(f"{user.get_username()} is no member of {workspace.slug}.")
        if what == "role":
            members.change_role(row.pk, Role(options["role"]), by=frame.actor())
        elif what == "remove":
            members.remove(row.pk, by=frame.actor())
        else:
            members.transfer(row.pk, by=_for_the_owner())


def _for_the_owner() -> Actor:
    """Operators pass on what somebody owns who cannot do it any more."""
    owner = Membership.objects.filter(is_owner=True).first()
    return Actor(frame.operator(), user_id=owner.user_id if owner else None)
