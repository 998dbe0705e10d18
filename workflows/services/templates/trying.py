"""Try a template: each test that its file brings, in memory, as test mode does (`services/rehearsal`).

Whatever the template needs of a workspace counts as there. Nothing is stored and nothing is sent.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.errors import InvalidError
from core.models import Role, Workspace
from triggers.services.explaining import FIRED
from workflows.definitions import check
from workflows.definitions.references import ConnectionFacts, Known
from workflows.models import Workflow
from workflows.services import explaining, imagining
from workflows.services.regression import comparing
from workflows.services.regression.comparing import Difference
from workflows.services.rehearsal import preparing, rehearsing
from workflows.services.rehearsal.preparing import Wanted
from workflows.services.templates import requirements, values
from workflows.services.templates.requirements import Needed, Requirement
from workflows.services.templates.template import Template, Trial

Json = dict[str, Any]
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)  # when every test begins: a Monday


def differences(template: Template, trial: Trial, *, workspace: Workspace) -> list[Difference]:
    """Where a test comes to something else than it should; none when it passes.

    Of `expected`, `fires: false` says that no trigger fires on the event. Of `output` and `would` of an action, only
    what is named is compared; an action that would do something and is not named is a difference.

    Raises `InvalidError` for parameters that do not fit, and for a definition that could not be published.
    """
    filled = values.checked(template, trial.parameters)
    definition = template.filled(filled)
    known = _everything(requirements.of(template, filled))
    if problems := check.check(definition, known):
        raise InvalidError(f"{template.slug}: the definition has problems.", problems=problems)
    workflow = Workflow(name=template.name, slug=template.slug, draft=definition, workspace=workspace)
    event = imagining.imagine_again(
        type_=trial.event["type"], data=trial.event["data"], workspace=workspace, now=NOW
    )  # fmt: skip
    subject = preparing.compiled(workflow, role=Role.ADMIN)
    accounts = explaining.judged(
        workflow, subject.published.definition, event, number=None, now=NOW, addressed_to=trial.trigger
    )
    fired = next((each.trigger.key for each in accounts if each.verdict == FIRED), "")
    expected = {"fires": True, **trial.expected}
    if bool(fired) != expected["fires"]:
        why = "; ".join(each.reason for each in accounts)
        return [Difference("/fires", expected["fires"], bool(fired), f"/fires: {why}")]
    if not fired:
        return []
    wanted = Wanted(event=event, pins=trial.pins, answers=trial.answers)
    script = preparing.script_of(subject, wanted, event=event, now=NOW, trigger_key=fired, workspace=workspace)
    observed = comparing.observed(rehearsing.rehearse(script))
    return comparing.compare(expected, _named(expected, observed), ignore=())


def _named(expected: Json, observed: Json) -> Json:
    """What a test came to, of each action no more than is named."""
    wanted = expected.get("actions") or {}
    shown = {place: _part(wanted[place], each) if place in wanted else each
             for place, each in observed["actions"].items()}  # fmt: skip
    return {**observed, "actions": shown}


def _part(wanted: Any, found: Any) -> Any:
    if isinstance(wanted, dict) and isinstance(found, dict):
        return {name: _part(wanted[name], found[name]) for name in wanted if name in found}
    return found


def _everything(required: list[Requirement]) -> Known:
    """A workspace that has what is required."""
    by_kind: Mapping[Needed, list[Requirement]] = {
        kind: [each for each in required if each.kind == kind] for kind in Needed
    }
    connections = {each.name: ConnectionFacts(next(iter(each.connection_kinds), ""), Role.VIEWER)
                   for each in by_kind[Needed.CONNECTION]}  # fmt: skip
    return Known(
        secrets=frozenset(each.name for each in by_kind[Needed.SECRET]),
        connections=lambda: connections,
        variables=frozenset(each.name for each in by_kind[Needed.VARIABLE]),
        workflows=lambda: [each.name for each in by_kind[Needed.WORKFLOW]],
    )
