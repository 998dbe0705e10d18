"""`manage.py events list|send|show|why`: what came in, and why it started something or did not."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator

from core import limits, validation
from core.management.printing import line, table
from core.management.workspace_commands import Answer, Asked, Subcommand, WorkspaceCommand, json_of, limited
from triggers.api import batches, decision_shapes, shapes
from triggers.api.decision_shapes import DecisionResponse
from triggers.selectors import events
from triggers.services import explaining, ingest

MOST_DECISIONS = 500


def _list(asked: Asked) -> Answer:
    wanted = validation.parse(shapes.EventQuery, {"type": asked["type"]}, detail="There is no such type.").filters()
    found = [shapes.summary(row) for row in events.listed(**wanted).every().order_by("-pk")[: asked["limit"]]]
    rows = [(each.uid, each.type, each.source, each.id, each.received_at, each.matched_at) for each in found]
    return Answer(found, table(("uid", "type", "source", "id", "received", "decided"), rows))


def _send(asked: Asked) -> Answer:
    given = {name: asked[name] for name in ("id", "source", "subject") if asked[name]}
    incoming = batches.read_short({"type": asked["type"], "data": json_of(asked["data"], option="--data"), **given})
    most = limits.of(asked.workspace.limits).max_events_per_day
    found = ingest.accept(incoming, workspace=asked.workspace, max_per_day=most)
    body = shapes.accepted(found.event, duplicate=found.duplicate)
    word = "had been accepted before" if body.duplicate else "was accepted"
    return Answer(body, [f"Event {body.uid} ({body.type}) {word}."])


def _show(asked: Asked) -> Answer:
    body = shapes.event(events.find(asked["id"]))
    return Answer(body, json.dumps(body.model_dump(mode="json"), indent=2).splitlines())


def _why(asked: Asked) -> Answer:
    event = events.find(asked["id"])
    rows = explaining.candidates(event)[:MOST_DECISIONS]
    found = [decision_shapes.decision(each) for each in explaining.accounts(rows, event)]
    if event.matched_at is None:
        return Answer(found, [f"Event {event.pk} is not decided yet: no worker has taken it."])
    if not found:
        return Answer(found, [f"No active workflow listens to {line(event.type)!r}."])
    return Answer(found, [text for each in found for text in told(each)])


def told(decision: DecisionResponse) -> Iterator[str]:
    """What became of an event at one trigger, for people: the verdict, why, and what would have changed it."""
    name = f"{decision.workflow.name}, trigger {decision.trigger.key}"
    yield line(f"{decision.verdict}: {name}: {decision.reason or 'its conditions hold'}")
    if decision.run is not None:
        yield f"  run {decision.run}"
    for each in decision.would_fire_if or []:
        yield line(f"  it would fire with {json.dumps(each, ensure_ascii=False)}")


def _of_type(parser: ArgumentParser) -> None:
    parser.add_argument("--type", help="only of this type")
    limited(parser)


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("id", help="our uid, or the sender's id")


def _sent(parser: ArgumentParser) -> None:
    parser.add_argument("type", help="lead.created")
    parser.add_argument("--data", default="{}", help='JSON, such as {"score": 90}; - reads it from standard input')
    parser.add_argument("--id", default="", help="with the same one it is accepted once")
    parser.add_argument("--source", default="", help="default: the slug of the workspace")
    parser.add_argument("--subject", default="", help="what it is about")


class Command(WorkspaceCommand):
    """Events are not audited, since they are kept themselves."""

    help = "List, send and show the events of a workspace, and say what became of one."
    subcommands = (
        Subcommand("list", "The newest events first.", _list, _of_type),
        Subcommand("send", "Accept an event, as POST events/ does.", _send, _sent),
        Subcommand("show", "One event, with its data.", _show, _one),
        Subcommand("why", "Why each workflow started for an event, or did not.", _why, _one),
    )
