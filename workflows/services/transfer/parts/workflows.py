"""Workflows of a workspace with their tests; not those that are archived."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from workflows.definitions.document import Definition
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow, WorkflowTest
from workflows.services.regression import keeping

KIND = "workflow"
READ_AT_ONCE = 20  # definitions have up to 256 KB
_ORDER = {name: place for place, name in enumerate(Definition.model_fields)}


def items() -> Iterator[dict[str, Any]]:
    """All of them by name, a few in memory at a time. What is active is told where it is not what the draft says."""
    rows = Workflow.objects.exclude(status=WorkflowStatus.ARCHIVED).values_list("name", "pk")
    ids = iter([pk for _, pk in sorted(rows)])
    while some := [*islice(ids, READ_AT_ONCE)]:
        found = Workflow.objects.select_related("active_version").in_bulk(some)
        yield from (_item(found[pk]) for pk in some if pk in found)


def _item(row: Workflow) -> dict[str, Any]:
    active = row.active_version.definition if row.active_version else None
    item: dict[str, Any] = {"status": row.status, "draft": _in_order(row.draft)}
    if active is not None and active != row.draft:
        item["active"] = _in_order(active)
    if row.layout:
        item["layout"] = row.layout
    tests = sorted(WorkflowTest.objects.filter(workflow=row), key=lambda test: test.name)
    if tests:
        item["tests"] = [_test(test) for test in tests]
    return item


def _test(row: WorkflowTest) -> dict[str, Any]:
    values = {column: getattr(row, column) for column in keeping.COLUMNS}
    return {"name": row.name, **values, "now": row.now.isoformat()}


def _in_order(definition: dict[str, Any]) -> dict[str, Any]:
    """As people write it: the name first, the actions last."""
    return dict(sorted(definition.items(), key=lambda each: (_ORDER.get(each[0], len(_ORDER)), each[0])))
