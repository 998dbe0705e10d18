"""`manage.py workflows list|show|publish|pause|...|validate`: the daily work on workflows, by the API's services."""

import json
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from core import documents
from core.errors import Problem
from core.management.printing import line, table
from core.management.workspace_commands import Answer, Asked, Subcommand, WorkspaceCommand, limited
from core.models import Role
from triggers.selectors import events
from workflows.api import regression_shapes, shapes, testing_shapes, version_shapes
from workflows.definitions import check, diffing, shorthand
from workflows.engine.moving import RunsPolicy
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow, WorkflowTest
from workflows.selectors import versions
from workflows.selectors import workflows as selectors
from workflows.services import lifecycle, publishing, workflows
from workflows.services.flow import circuits
from workflows.services.publishing import Wish
from workflows.services.regression import running
from workflows.services.rehearsal import preparing, testing
from workflows.services.rehearsal.preparing import Wanted

HEAD = ("slug", "status", "version", "unpublished", "name")


def _list(asked: Asked) -> Answer:
    rows = versions.with_unpublished_changes(Workflow.objects.select_related("active_version"))
    status = asked["status"]
    rows = rows.filter(status=status) if status else rows.exclude(status=WorkflowStatus.ARCHIVED)
    found = [shapes.summary(row, None) for row in rows[: asked["limit"]]]
    cells = [(each.slug, each.status, each.active_version, each.has_unpublished_changes, each.name) for each in found]
    return Answer(found, table(HEAD, cells))


def _show(asked: Asked) -> Answer:
    body = _shape(asked)
    return Answer(body, json.dumps(body.model_dump(mode="json"), indent=2).splitlines())


def _publish(asked: Asked) -> Answer:
    runs = RunsPolicy(asked["runs"]) if asked["runs"] else None
    wish = Wish(by=asked.by, reason=asked["reason"], runs=runs, skip_tests=asked["skip_tests"])
    found = publishing.publish(_row(asked), wish)
    return _changed(asked, f"published as version {found.version.number}")


def _roll_back(asked: Asked) -> Answer:
    wish = Wish(by=asked.by, reason=asked["reason"])
    publishing.roll_back(_row(asked), asked["version_number"], wish, with_draft=asked["draft"])
    return _changed(asked, f"back at version {asked['version_number']}")


def _pause(asked: Asked) -> Answer:
    workflows.pause(_row(asked), by=asked.by)
    return _changed(asked, "paused")


def _resume(asked: Asked) -> Answer:
    workflows.resume(_row(asked), by=asked.by)
    return _changed(asked, "active")


def _archive(asked: Asked) -> Answer:
    lifecycle.archive(_row(asked), by=asked.by, reason=asked["reason"])
    return _changed(asked, "archived")


def _diff(asked: Asked) -> Answer:
    row = _row(asked)
    after, new = versions.side(row, asked["after"])
    before, old = versions.side(row, asked["before"], before=int(after) if after.isdecimal() else None)
    changes = [version_shapes.change(each) for each in diffing.compare(old, new)]
    lines = [f"{before} -> {after}: {len(changes)} changes", *(line(f"  {each.sentence}") for each in changes)]
    return Answer(version_shapes.DiffResponse(before=before, after=after, changes=changes), lines)


def _test(asked: Asked) -> Answer:
    """With an event: go through it. Without: the tests that are kept with the workflow, against its draft."""
    row = _row(asked)
    if asked["event"]:
        wanted = Wanted(event=events.find(asked["event"]))
        return _rehearsed(testing.test(row, wanted, workspace=asked.workspace, role=Role.ADMIN))
    subject = preparing.subject_of(row, role=Role.ADMIN)
    tests = [*WorkflowTest.objects.filter(workflow=row).order_by("id")]
    body = regression_shapes.results(running.run(tests, subject, workspace=asked.workspace))
    lines = [f"{body.passed} passed, {body.failed} failed"]
    for each in body.results:
        lines.append(line(f"{'ok' if each.passed else 'FAILED'}: {each.name}"))
        lines += [line(f"  {found.path}: {found.message}") for found in each.differences]
    return Answer(body, lines, is_good=not body.failed)


def _rehearsed(found: testing.Tested) -> Answer:
    body = testing_shapes.tested(found)
    starts = f"starts by trigger {body.trigger}" if body.would_start else "would not start"
    cells = [(each.action, each.type, each.status, each.source, _reason(each)) for each in body.actions]
    lines = [line(f"{body.status}; {starts}"), *table(("action", "type", "status", "output from", "why"), cells)]
    return Answer(body, lines, is_good=body.status != "failed")


def _reason(action: testing_shapes.PerformedResponse) -> str:
    return str(action.error["message"]) if action.error else action.why


def _validate(asked: Asked) -> Answer:
    try:
        raw = Path(asked["file"]).read_bytes()
    except OSError as error:
        raise CommandError(f"{asked['file']} cannot be read: {error.strerror}.") from None
    document = documents.parse_yaml(raw, max_bytes=settings.SEQUITUR_MAX_DEFINITION_BYTES)
    if not isinstance(document, dict):
        raise CommandError(f"{asked['file']} is no definition: expected names with values on top.")
    draft = shorthand.normalise(document)
    name = draft.get("name")
    found = [] if isinstance(name, str) and name else [Problem("/name", "missing", "A workflow needs a name.")]
    found += check.check(draft, selectors.known(Workflow(name=name if isinstance(name, str) else "")))
    body = shapes.problems_of(found)
    lines = [line(f"{each.path or '/'}: {each.message}") for each in body]
    return Answer(body, lines or ["No problems."], is_good=not body)


def _row(asked: Asked) -> Workflow:
    return selectors.find(asked["id"])


def _shape(asked: Asked) -> shapes.WorkflowResponse:
    row = _row(asked)
    return shapes.workflow(row, workflows.problems(row), circuits.shown([row], asked.workspace).get(row.pk))


def _changed(asked: Asked, what: str) -> Answer:
    body = _shape(asked)
    return Answer(body, [line(f"{body.name} is {what}.")])


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("id", help="id or slug of the workflow")


def _reasoned(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--reason", default="", help="kept in the records")


def _published(parser: ArgumentParser) -> None:
    _reasoned(parser)
    chosen = [each.value for each in (RunsPolicy.PIN, RunsPolicy.FOLLOW)]
    parser.add_argument("--runs", choices=chosen, help="what becomes of runs that go on; default: as it is defined")
    parser.add_argument("--skip-tests", action="store_true", help="publish though its tests fail; needs a --reason")


def _rolled_back(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("version_number", type=int, metavar="version", help="number of an earlier version")
    parser.add_argument("--reason", default="", help="kept in the records")
    parser.add_argument("--draft", action="store_true", help="the draft says again what the version says, too")


def _compared(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--before", default="active", help="a number, active, draft or previous; default: active")
    parser.add_argument("--after", default="draft", help="a number, active or draft; default: draft")


def _tested(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--event", help="go through it with this event; nothing happens outside")


def _in_list(parser: ArgumentParser) -> None:
    parser.add_argument("--status", choices=[each.value for each in WorkflowStatus])
    limited(parser)


def _of_file(parser: ArgumentParser) -> None:
    parser.add_argument("file", help="a definition in YAML or JSON")


class Command(WorkspaceCommand):
    """`test` and `validate` exit with 1 when something is wrong."""

    help = "List, publish, pause, compare and test the workflows of a workspace."
    subcommands = (
        Subcommand("list", "The newest workflows first.", _list, _in_list),
        Subcommand("show", "One workflow, with its draft and what keeps it from being published.", _show, _one),
        Subcommand("publish", "Make the draft the active version.", _publish, _published),
        Subcommand("pause", "Let it start no more runs.", _pause, _one),
        Subcommand("resume", "Let it listen again.", _resume, _one),
        Subcommand("archive", "Let it listen no more, and show in no list.", _archive, _reasoned),
        Subcommand("rollback", "Make an earlier version the active one.", _roll_back, _rolled_back),
        Subcommand("diff", "What changed from one version to another, by what it means.", _diff, _compared),
        Subcommand("test", "Run its tests against the draft, or go through it with an event.", _test, _tested),
        Subcommand("validate", "What keeps a file from being published in the workspace.", _validate, _of_file),
    )
