"""Bring a bundle into the workspace in scope: looked at first, and then done as it was looked at, all or nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from core.actors import Actor
from core.errors import InvalidError, Problem
from core.preconditions import state_of
from core.services import audit, workspaces
from workflows.definitions import react_flow
from workflows.models import Workflow
from workflows.services import lifecycle
from workflows.services.bulk.requesting import ChangedError
from workflows.services.regression import keeping
from workflows.services.transfer import bundle, drafts, importing, mapping, ordering, outcomes, publishing
from workflows.services.transfer.bundle import Bundle, WorkflowItem
from workflows.services.transfer.mapping import Mapped
from workflows.services.transfer.missing import Here
from workflows.services.transfer.outcomes import Conflict, Done, Item, Outcome, Report
from workflows.services.transfer.parts import connections, connectors, event_types, message_templates, patterns
from workflows.services.transfer.parts import workspace as columns

Json = dict[str, Any]

# In this order: what workflows name comes before them.
_PARTS = {
    "event_types": event_types,
    "message_templates": message_templates,
    "connectors": connectors,
    "connections": connections,
    "patterns": patterns,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of a bundle. `expected` is the digest of the preview; without it nothing is done.

    `publish`: workflows become what they are in the bundle (active, paused), if nothing is missing for any of them.
    """

    conflict: Conflict = Conflict.REFUSE
    names: Mapped = mapping.NOTHING
    publish: bool = False
    is_dry: bool = True
    expected: str = ""


@dataclass
class _Putting:
    """An import that goes on."""

    wish: Wish
    by: Actor
    items: list[Item] = field(default_factory=list)
    rows: dict[int, Workflow] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)  # of the items of workflows, by their number in the bundle


def run(document: Mapping[str, Any], wish: Wish, *, by: Actor) -> Report:
    """What became of each thing of a bundle, or would with `is_dry`; `digest` is what has to be said to have it done.

    Raises `InvalidError` for what is no bundle, without the digest of the preview, and where something is refused;
    `ChangedError` where it would not do what the preview showed. Then nothing was done.
    Concurrency: the row of the workspace is locked, so imports into one workspace follow each other.
    """
    found = bundle.parse(document)
    if message := importing.too_much([each.draft for each in found.workflows]):
        raise InvalidError(message, problems=[Problem("/workflows", "too_many", message)])
    if problems := [*_twice(found, wish.names)]:
        raise InvalidError("Two things of the bundle would have the same name here.", problems=problems)
    if not wish.is_dry and not wish.expected:
        message = "Ask for the preview first (`dry_run`), and send its `digest` as `expected`."
        raise InvalidError(message, problems=[Problem("/expected", "missing", message)])
    digest = bundle.digest_of(document)

    def keeps(report: Report) -> bool:
        return not (wish.is_dry or report.is_refused or report.digest != wish.expected)

    report = outcomes.rehearsed(lambda: _put(found, digest, wish, by=by), keeps=keeps)
    if not wish.is_dry:
        if report.digest != wish.expected:
            raise ChangedError("The import would not do what its preview showed. Look at it again; nothing was done.")
        outcomes.check_done(report)
    return replace(report, is_done=not wish.is_dry, warnings=(*_warnings(found, digest), *report.warnings))


def _twice(found: Bundle, names: Mapped) -> Iterator[Problem]:
    """What would have the name of another thing of the bundle, as it is written or by the mapping."""
    workflows = [each.draft["name"].strip() for each in found.workflows]
    variables = [*(found.workspace.variables or {})]
    written = {section: [_name(item) for item in getattr(found, section)] for section in _PARTS}
    for section, items in {**written, "variables": variables, "workflows": workflows}.items():
        known: dict[str, str] = getattr(names, section)
        is_exact = section in {"event_types", "variables"}
        seen: set[str] = set()
        for number, name in enumerate(items):
            new = known.get(name, name)
            if (key := new if is_exact else new.lower()) in seen:
                where = f"/workspace/{section}" if section == "variables" else f"/{section}/{number}"
                yield Problem(where, "duplicate", f"Another of the {section} is named {new[:100]!r} here.")
            seen.add(key)


def _name(item: Any) -> str:
    return str(item.get("name", "")) if isinstance(item, dict) else str(item.name)


def _warnings(found: Bundle, digest: str) -> Iterator[str]:
    if found.manifest.digest and found.manifest.digest != digest:
        yield "The bundle was changed after it was exported: its content is not what its digest stands for."


def _put(found: Bundle, digest: str, wish: Wish, *, by: Actor) -> Report:
    workspace = workspaces.locked()
    putting = _Putting(wish, by)
    _put_columns(found, putting)
    for section, part in _PARTS.items():
        for number, item in enumerate(getattr(found, section)):
            renamed = _renamed(section, item, wish.names)
            put = partial(part.put, renamed, wish.conflict, by.name)
            putting.items.append(outcomes.attempt(part.KIND, f"/{section}/{number}", _name(renamed)[:100], put))
    warnings = _put_workflows(found, putting)
    audit.record(
        "workspace.imported",
        by=by.name,
        target="workspace",
        target_id=workspace.pk,
        after={"from": found.manifest.workspace, "digest": digest, **Report(tuple(putting.items)).counts},
    )
    return Report(tuple(putting.items), tuple(warnings), _digest(digest, putting))


def _put_columns(found: Bundle, putting: _Putting) -> None:
    conflict = Conflict.REFUSE if putting.wish.conflict is Conflict.RENAME else putting.wish.conflict
    for column in columns.COLUMNS:
        value = getattr(found.workspace, column)
        if value is not None:
            if column == "variables":
                value = {putting.wish.names.variables.get(name, name): each for name, each in value.items()}
            put = partial(columns.put, column, value, conflict, putting.by)
            putting.items.append(outcomes.attempt(columns.KIND, f"/workspace/{column}", column, put))


def _renamed(section: str, item: Any, names: Mapped) -> Any:
    """The item under the name that the mapping gives it."""
    if section == "patterns":
        return patterns.renamed(item, names)
    known: dict[str, str] = getattr(names, section)
    if isinstance(item, dict):
        name = item.get("name")
        return {**item, "name": known[name]} if isinstance(name, str) and name in known else item
    return item.model_copy(update={"name": known[item.name]}) if item.name in known else item


def _put_workflows(found: Bundle, putting: _Putting) -> list[str]:
    """All drafts before anything is said about one, since they name each other; then those that are to be published,
    those that others start first."""
    names = _with_new_names(found, putting.wish)
    definitions = [mapping.apply(drafts.canonical(each.draft), names) for each in found.workflows]
    order, circles = ordering.ordered(definitions)
    for number in order:
        path, definition = f"/workflows/{number}", definitions[number]
        put = partial(_put_workflow, found.workflows[number], definition, number, putting)
        putting.places[number] = len(putting.items)
        putting.items.append(outcomes.attempt("workflow", path, str(definition["name"])[:100], put))
    here = drafts.here_of(putting.by.role)
    for number in order:
        _check(number, found.workflows[number], names, here, putting)
    return circles


def _with_new_names(found: Bundle, wish: Wish) -> Mapped:
    """The mapping, with the free names of those that are taken where that is wished: others name them so, too."""
    if wish.conflict is not Conflict.RENAME:
        return wish.names
    new = dict(wish.names.workflows)
    for each in found.workflows:
        definition = mapping.apply(drafts.canonical(each.draft), wish.names)
        row = drafts.named(definition)
        if row is not None and row.draft != definition:
            new[str(each.draft["name"])] = lifecycle.free_name(row.name)
    return wish.names.model_copy(update={"workflows": new})


def _put_workflow(item: WorkflowItem, definition: Json, number: int, putting: _Putting) -> Done:
    row, done = drafts.put(definition, conflict=putting.wish.conflict, by=putting.by.name)
    putting.rows[number] = row
    if done.outcome is Outcome.KEPT:
        return done
    layout = react_flow.kept({name: each.model_dump() for name, each in item.layout.items()}, row.draft)
    if layout and layout != row.layout:
        row.layout = layout
        row.save(update_fields=["layout", "updated_at"])
    said = [_put_test(row, test, putting) for test in item.tests]
    if done.outcome is Outcome.UNCHANGED and {"created", "changed"} & {*said}:
        return replace(done, outcome=Outcome.CHANGED, changes=("Its tests changed.",))
    return done


def _put_test(row: Workflow, test: bundle.TestItem, putting: _Putting) -> str:
    values = {column: getattr(test, column) for column in keeping.COLUMNS}
    values["now"] = datetime.fromisoformat(test.now)
    if (type_ := test.event["type"]) in (names := putting.wish.names.event_types):
        values["event"] = {**test.event, "type": names[type_]}
    return keeping.put(row, values, name=test.name, by=putting.by.name)[1]


def _check(number: int, item: WorkflowItem, names: Mapped, here: Here, putting: _Putting) -> None:
    """Say what keeps a workflow from being published, and publish it where that is wished."""
    place = putting.places[number]
    checked = putting.items[place] = importing.checked(putting.items[place], putting.rows.get(number), here)
    is_wanted = putting.wish.publish and item.status != "draft"
    if not is_wanted or checked.is_refused or checked.done.outcome is Outcome.KEPT:
        return
    row, active = putting.rows[number], None
    if item.active is not None:
        active = mapping.apply(drafts.canonical(item.active), names)
        active["name"] = row.name
    wish = publishing.Wish(active, is_paused=item.status == "paused", by=putting.by)
    putting.items[place] = publishing.published(checked, row, wish, here)


def _digest(content: str, putting: _Putting) -> str:
    """Of all that the preview shows, and of the states that it began from."""
    wish = putting.wish
    items = [
        [
            each.kind,
            each.path,
            each.done.outcome,
            each.done.name,
            each.done.before,
            each.done.published,
            [[problem.path, problem.code] for problem in each.problems],
            [[missing.kind, missing.name, missing.path] for missing in each.missing],
        ]
        for each in putting.items
    ]
    return state_of([content, wish.conflict, wish.names.model_dump(), wish.publish, putting.by.role, items])
