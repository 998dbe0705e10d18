"""Every list and every detail call of the API, and every page of the admin, with 1,000 runs and with 1,000,000.

`make bench BENCHMARKS=benchmarks/lists.py` (some twenty minutes); `LISTS_RUNS=50000` for a quick look. The calls are
read from the description of the API: each list bare, from the middle on, and with each of its filters alone.
"""

import base64
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks import history
from core import tenancy
from core.models import Role, Workspace
from tests import factories
from triggers.models import Event
from workflows.models import ActionRun, NotificationDelivery, Repair, Run

FEW, MANY = 1_000, int(os.environ.get("LISTS_RUNS", "1000000"))
ROUNDS = int(os.environ.get("LISTS_ROUNDS", "7"))
MOST_TIMES_FEW = 2.0
FLOOR_SECONDS = 0.005  # less is noise, whatever the ratio
SLOW_SECONDS = 2.0  # once is enough to know
# They add up what happened in a period, or send all of it, which is what they are asked for: docs/performance.md.
REPORTS = ("workflows_stats", "monitoring_", "audit_export", "admin index")

Call = tuple[str, Callable[[], Any]]


@dataclass(frozen=True, slots=True)
class Sample:
    """Values that filters and paths are given: of the middle of the history, by the name of the parameter."""

    values: dict[str, str]
    paths: dict[str, UUID]
    cursor: str


def sample(workspace: Workspace) -> Sample:
    with tenancy.scope(workspace.pk):
        runs = Run.objects.filter(workflow__name="failed").order_by("id")
        run = runs[runs.count() // 2]
        event, now = Event.objects.get(pk=run.event_id), timezone.now()
        action = ActionRun.objects.filter(run=run)[0]
        paths = {"workflows": run.workflow_id, "events": event.pk, "workflow-runs": run.pk, "action": action.pk}
        notification = NotificationDelivery.objects.first()
        repair = Repair.objects.first()
    values = {
        "workflow": run.workflow.slug, "event": event.event_id, "parent": str(run.pk), "run": str(run.pk),
        "type": event.type, "id": event.event_id, "event_id": event.event_id, "source": event.source, "q": "copy-7",
        "since": (now - timedelta(hours=1)).isoformat(), "until": (now - timedelta(days=45)).isoformat(),
        "trigger": "t1", "target": "workflow", "target_id": str(run.workflow_id), "actor": "user ann",
        "action": "workflow.paused", "held": "false", "limit": "50", "url": "https://example.com", "cursor": "",
        "notification": str(notification.pk) if notification else "", "repair": str(repair.pk) if repair else "",
    }  # fmt: skip
    position = urlencode({"p": str(run.pk)})
    return Sample(values, paths, base64.b64encode(position.encode()).decode())


def api_calls(workspace: Workspace, sample: Sample) -> Iterator[Call]:
    client = Client(headers={"Authorization": f"Bearer {factories.api_key(workspace, Role.ADMIN)}"})
    for path, calls in client.get("/api/schema/", {"format": "json"}).json()["paths"].items():
        if (call := calls.get("get")) is None or call["operationId"] == "connections_oauth_callback":
            continue
        url = _filled(path, sample)
        if url is None:
            continue
        name, queries = call["operationId"], [each for each in call.get("parameters", []) if each["in"] == "query"]
        yield name, partial(client.get, url)
        for query in queries:
            if query["name"] == "cursor":
                yield f"{name} from the middle", partial(client.get, url, {"cursor": sample.cursor})
                continue
            words = query["schema"].get("enum")
            for value in words or [sample.values.get(query["name"], "x")]:
                asked = f"{name}?{query['name']}" + (f"={value}" if words else "")  # the same with few and many
                yield asked, partial(client.get, url, {query["name"]: value})


def _filled(path: str, sample: Sample) -> str | None:
    """The path with an id in its place; None where there is no row of its kind."""
    parts = path.split("/")
    for index, part in enumerate(parts):
        if part.startswith("{"):
            if parts[index - 1] not in sample.paths:
                return None
            parts[index] = str(sample.paths[parts[index - 1]])
    return "/".join(parts)


def admin_calls(superuser: Client, sample: Sample) -> Iterator[Call]:
    known = {"Workflow": "workflows", "Event": "events", "Run": "workflow-runs", "ActionRun": "action"}
    yield "admin index", partial(superuser.get, "/admin/")
    for model, page in admin.site._registry.items():  # noqa: SLF001  as Django's own tests do
        opts = model._meta  # noqa: SLF001  documented by Django
        if opts.app_label not in {"core", "triggers", "actions", "workflows"}:
            continue
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        yield f"admin {opts.model_name}", partial(superuser.get, url)
        if page.search_fields or getattr(page, "searched", ()):
            words = {"id": str(sample.paths["workflow-runs"]), "word": sample.values["event_id"]}
            for name, word in words.items():
                yield (
                    f"admin {opts.model_name} search by {name}",
                    partial(superuser.get, url, {"q": word}),
                )
        if "status" in (page.list_filter or ()):
            status: Any = opts.get_field("status")
            for word, _ in status.choices or ():
                yield (
                    f"admin {opts.model_name} {word}",
                    partial(superuser.get, url, {"status__exact": word}),
                )
        if opts.object_name in known:
            pk = sample.paths[known[opts.object_name]]
            url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[pk])
            yield f"admin {opts.model_name} page of a row", partial(superuser.get, url)


def measured(workspace: Workspace, superuser: Client) -> dict[str, tuple[float, int]]:
    """The median seconds of each call, and its status."""
    given = sample(workspace)
    found = {}
    for name, call in [*api_calls(workspace, given), *admin_calls(superuser, given)]:
        seconds: list[float] = []
        answer: Any = None
        for _ in range(ROUNDS + 1):
            begun = time.monotonic()
            answer = call()
            seconds.append(time.monotonic() - begun)
            if seconds[-1] > SLOW_SECONDS:
                break
        found[name] = (median(seconds[1:] or seconds), answer.status_code)  # the first one plans and fills caches
    return found


@pytest.mark.django_db(transaction=True)
def test_lists_and_pages_cost_the_same_with_a_thousand_times_as_much() -> None:
    logging.disable(logging.WARNING)
    workspace = history.prepare()[0]
    superuser = Client()
    superuser.force_login(User.objects.create_superuser("operator"))
    history.seed(FEW)
    few = measured(workspace, superuser)
    begun = time.monotonic()
    history.seed(MANY)
    print(f"\n{MANY:,} runs seeded in {time.monotonic() - begun:.0f} s; {len(few)} calls, milliseconds:\n")

    many = measured(workspace, superuser)

    print(f"{'call':60} {FEW:>9,} {MANY:>9,} ratio")
    for name, (seconds, status) in sorted(many.items(), key=lambda each: -each[1][0] / few[each[0]][0]):
        before = few[name][0]
        refused = "" if status == 200 else f"  (status {status})"
        print(f"{name:60} {before * 1e3:9.1f} {seconds * 1e3:9.1f} {seconds / before:5.2f}{refused}")
    slow = {name: (before, many[name][0]) for name, (before, _) in few.items() if _is_slow(name, before, many)}
    assert {name: found for name, found in slow.items() if few[name][1] == many[name][1] == 200} == {}


def _is_slow(name: str, before: float, many: dict[str, tuple[float, int]]) -> bool:
    seconds = many[name][0]
    is_report = name.startswith(REPORTS)
    return not is_report and seconds > MOST_TIMES_FEW * before and seconds - before > FLOOR_SECONDS
