"""What processes that race for what may start try, one after the other."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from uuid import UUID

from core import tenancy
from core.errors import SequiturError
from core.models import Workspace
from tests import factories
from triggers.engine.incoming import IncomingEvent
from triggers.models import Firing
from triggers.services import ingest, matching
from workflows.models import Workflow
from workflows.services import starting, workflows


def passed(what: str, tries: int, workspace_id: str, ids: Sequence[str]) -> int:
    """How many of the tries got through; `ids` are of events that are matched, or of the workflow that is executed."""

    def match(number: int) -> None:
        matching.match_many([UUID(ids[number])])
        Firing.objects.get(event=UUID(ids[number]))

    def execute(number: int) -> None:
        starting.execute(Workflow.objects.get(pk=ids[0]), {})

    def create(number: int) -> None:
        workflows.create(factories.definition(name=f"{os.getpid()} {number}"))

    def accept(number: int) -> None:
        workspace = Workspace.objects.get(pk=workspace_id)
        most = workspace.limits["max_events_per_day"]
        ingest.accept(IncomingEvent(type="lead.created", data={}), workspace=workspace, max_per_day=most)

    calls: dict[str, Callable[[int], None]] = {"match": match, "execute": execute, "create": create, "accept": accept}
    number_passed = 0
    with tenancy.scope(UUID(workspace_id)):
        for number in range(tries):
            with suppress(SequiturError, Firing.DoesNotExist):
                calls[what](number)
                number_passed += 1
    return number_passed
