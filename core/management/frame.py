"""What all commands share: in which workspace they are, who is named for what they do, and how they say what fails."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import OperationalError

from core import tenancy
from core.actors import Actor
from core.errors import SequiturError
from core.management import arguments
from core.management.printing import line
from core.models import Workspace


@contextmanager
def within(slug: str) -> Iterator[Workspace]:
    """The workspace of this slug in scope, and `told`."""
    with told():
        workspace = arguments.workspace(slug)
        with tenancy.scope(workspace.pk):
            yield workspace


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong inside ends the command with why, and a status that is not 0."""
    try:
        yield
    except SequiturError as error:
        raise CommandError(sentence(error)) from None
    except OperationalError as error:
        reason = line(str(error).strip().partition("\n")[0])
        raise CommandError(f"The database does not answer: {reason}. Run manage.py doctor.") from None


def operator() -> str:
    """Who is named in the records: the user of the operating system."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container without a line for its user
        user = "unknown"
    return f"manage.py {line(user)[:100]}"


def actor() -> Actor:
    """The same, to whom nothing is closed."""
    return Actor(operator(), is_operator=True)


def sentence(error: SequiturError) -> str:
    """What went wrong, with each problem on a line of its own."""
    found = [f"  {each.path or '/'}: {each.message}" for each in error.problems if each.message != error.detail]
    return "\n".join(line(each) for each in [error.detail, *found])
