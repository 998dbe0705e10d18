"""`manage.py runs list|show|cancel|retry|replay|why`: the daily work on runs, by the services of the API."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator

from pydantic import BaseModel

from core.errors import NotFoundError
from core.ids import uuid_or_none
from core.management.printing import line, table
from core.management.workspace_commands import Answer, Asked, Subcommand, WorkspaceCommand, limited
from triggers.api import decision_shapes
from triggers.api.decision_shapes import DecisionResponse
from triggers.services.explaining import FIRED
from workflows.api import run_shapes
from workflows.engine.states import RunStatus
from workflows.models import Run
from workflows.selectors import runs as selectors
from workflows.services import explaining, stopping
from workflows.services.repair import rerunning, retrying

HEAD = ("id", "workflow", "version", "status", "created", "duration ms", "error")


class WhyResponse(BaseModel):
    """Why a run is as it is, in sentences, and the decision that started it; null where another run did."""

    run: str
    status: str
    sentences: list[str]
    decision: DecisionResponse | None


def _list(asked: Asked) -> Answer:
    rows = selectors.listed(workflow=asked["workflow"], event=asked["event"], status=asked["status"]).every()
    found = [run_shapes.summary(row) for row in rows.order_by("-pk")[: asked["limit"]]]
    cells = [
        (each.id, each.workflow.name, each.version, each.status.value, each.created_at, each.duration_ms,
         each.error and each.error.get("message"))
        for each in found
    ]  # fmt: skip
    return Answer(found, table(HEAD, cells))


def _show(asked: Asked) -> Answer:
    body = _shape(_run(asked))
    return Answer(body, json.dumps(body.model_dump(mode="json"), indent=2).splitlines())


def _cancel(asked: Asked) -> Answer:
    run = _run(asked)
    stopping.cancel_for(run.pk, by=asked.by, comment=asked["reason"], is_immediate=asked["immediate"])
    return _changed(run)


def _retry(asked: Asked) -> Answer:
    run = _run(asked)
    retrying.retry(run.pk, by=asked.by, reason=asked["reason"])
    return _changed(run)


def _replay(asked: Asked) -> Answer:
    old = _run(asked)
    new = rerunning.rerun(
        old.pk, by=asked.by, reason=asked["reason"], from_action=asked["from_action"], version=asked["by_version"]
    )
    body = _shape(new)
    return Answer(body, [f"Run {new.pk} does {old.pk} again; it is {body.status.value}."])


def _why(asked: Asked) -> Answer:
    run = _run(asked)
    body = _shape(run)
    accounts = explaining.told(run.workflow, [run.event]).get(run.event_id, [])
    fired = [each for each in accounts if each.verdict == FIRED and each.trigger.key == run.trigger_key]
    decision = decision_shapes.decision(fired[0]) if fired else None
    sentences = [*_sentences(body), *([_started(decision)] if decision else [])]
    found = WhyResponse(run=body.id, status=body.status.value, sentences=sentences, decision=decision)
    return Answer(found, [line(each) for each in sentences])


def _sentences(run: run_shapes.RunResponse) -> Iterator[str]:
    """Why it is as it is: the run itself, then each action that failed or waits."""
    said = f": {run.error.get('message')}" if run.error else "."
    yield f"Run {run.id} of {run.workflow.name}, version {run.version}, is {run.status.value}{said}"
    if run.held:
        yield f"It may not start yet, {'until ' + run.held.until.isoformat() if run.held.until else run.held.reason}."
    for each in run.actions:
        name = each.key if each.iteration is None else f"{each.key}[{each.iteration}]"
        if each.error and each.status.value in {"failed", "needs_decision"}:
            tries = "1 try" if len(each.attempts) == 1 else f"{len(each.attempts)} tries"
            why = each.error.get("message")
            yield f"Action {name} ({each.type}) is {each.status.value} after {tries}: {why}"
        elif each.waiting_for:
            until = f", until {each.due_at.isoformat()}" if each.due_at else ""
            yield f"Action {name} ({each.type}) waits for {each.waiting_for.get('kind')}{until}."


def _started(decision: DecisionResponse) -> str:
    return f"It was started by trigger {decision.trigger.key}: {decision.reason or 'its conditions held'}"


def _run(asked: Asked) -> Run:
    uid = uuid_or_none(asked["id"])
    row = selectors.detailed().filter(pk=uid).first() if uid else None
    if row is None:
        raise NotFoundError(f"There is no run {asked['id'][:64]!r} in this workspace.")
    return row


def _shape(run: Run) -> run_shapes.RunResponse:
    row = selectors.detailed().get(pk=run.pk)
    return run_shapes.run(row, actions_after=lambda last: f"/api/v1/workflow-runs/{row.pk}/actions/")


def _changed(run: Run) -> Answer:
    body = _shape(run)
    return Answer(body, [f"Run {body.id} is {body.status.value}."])


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("id", help="id of the run")


def _reasoned(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--reason", default="", help="kept with the run")


def _cancelled(parser: ArgumentParser) -> None:
    _reasoned(parser)
    parser.add_argument("--immediate", action="store_true", help="interrupt what runs, instead of letting it end")


def _replayed(parser: ArgumentParser) -> None:
    _reasoned(parser)
    parser.add_argument("--from-action", help="take over what was done before this action")
    parser.add_argument("--by-version", choices=["original", "current"], default="original", help="of the workflow")


def _in_list(parser: ArgumentParser) -> None:
    parser.add_argument("--workflow", help="id or slug")
    parser.add_argument("--event", help="our uid, or the sender's id")
    parser.add_argument("--status", choices=[each.value for each in RunStatus])
    limited(parser)


class Command(WorkspaceCommand):
    """`manage.py repair` does the same to many runs at once."""

    help = "List, show, cancel, retry and replay the runs of a workspace, and say why one is as it is."
    subcommands = (
        Subcommand("list", "The newest runs first.", _list, _in_list),
        Subcommand("show", "One run, with its actions and every try.", _show, _one),
        Subcommand("cancel", "Start nothing more of a run.", _cancel, _cancelled),
        Subcommand("retry", "Try what failed again, in the same run.", _retry, _reasoned),
        Subcommand("replay", "Do a run again, as a new one.", _replay, _replayed),
        Subcommand("why", "What started a run, and what it waits for or failed with.", _why, _one),
    )
