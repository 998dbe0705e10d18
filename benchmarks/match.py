"""What it costs to find whom an event starts among 10 and among 100,000 workflows. Part of `make bench`.

Everything is measured in one run, on one kind of event of about 450 bytes with 23 values, in microseconds of one core:

- parse and flatten: `json.loads` and a list of all paths with their values, the least that any matcher does;
- decide: `json.loads`, the names that conditions see, and all that listens asked through the index;
- JSONLogic: the same conditions as rules, compiled, all evaluated in one batch on data that is parsed once.
"""

import gc
import json
import random
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import datalogic_py
import pytest
from django.db import connection

from benchmarks.report import Gate
from core import batches, tenancy
from core.expressions import scope as scopes
from core.ids import new_id
from core.models import Workspace
from tests import factories
from triggers.engine.matcher import Listener, Matcher
from triggers.models import Catalogue, Subscription, Trigger
from triggers.services import catalogue, subscriptions
from workflows.models import Workflow, WorkflowVersion

Json = dict[str, Any]

MANY, FEW = 100_000, 10
EVENTS = 400
ROUNDS = 7
COUNTRIES = ("NL", "DE", "FR", "BE", "ES")
WORKSPACE = {"id": "1", "slug": "bench", "name": "Bench"}


def lead(number: int, chance: random.Random) -> tuple[Json, Json]:
    """The filters and the conditions of a workflow that one lead meets."""
    filters = {"lead_id": {"eq": f"L{number}"}, "country": {"eq": COUNTRIES[number % len(COUNTRIES)]}}
    return filters, {"and": [{"field": "score", "operator": "gte", "value": chance.randint(0, 5)}]}


def interval(number: int, chance: random.Random) -> tuple[Json, Json]:
    """Ranges only: nothing that could be looked up by equality. Ten meet any one event."""
    low = number / 10
    filters = {"amount": {"gte": low, "lt": low + 1}}
    return filters, {"and": [{"field": "score", "operator": "lte", "value": chance.randint(9, 20)}]}


def event(number: int, chance: random.Random) -> bytes:
    data = {
        "lead_id": f"L{number}",
        "country": COUNTRIES[number % len(COUNTRIES)],
        "score": 9,
        "amount": number / 10,
        "company": {"name": "Acme Holding B.V.", "size": 120, "city": "Utrecht", "tags": ["energy", "b2b"]},
        **{f"field_{each}": chance.choice([each, "some text that is read by nobody", True, 3.5]) for each in range(10)},
    }
    times = {"id": str(UUID(int=chance.getrandbits(128))), "time": "2026-11-21T10:00:00Z"}
    return json.dumps({"type": "lead.created", "source": "crm", **times, "data": data}).encode()


def parse_and_flatten(raw: bytes) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    _flatten(json.loads(raw), (), found)
    return found


def _flatten(value: Any, steps: tuple[str, ...], found: list[tuple[tuple[str, ...], Any]]) -> None:
    if isinstance(value, dict):
        for key, child in value.items():
            _flatten(child, (*steps, key), found)
    elif isinstance(value, list):
        for number, child in enumerate(value):
            _flatten(child, (*steps, str(number)), found)
    else:
        found.append((steps, value))


def decide(matcher: Matcher, raw: bytes) -> int:
    """Everything from the bytes to those who are met; returns how many there are."""
    parsed = json.loads(raw)
    scope = scopes.build(now=datetime.now(UTC), event=parsed, workspace=WORKSPACE, vars={})
    return len(matcher.match(parsed["type"], scope).met)


def publish(workspace: Workspace, rules: Sequence[tuple[Json, Json]]) -> None:
    """Workflows that listen, by the million if need be: as publishing would have left them."""
    template = factories.published(workspace)
    with tenancy.scope(workspace.pk):
        version = WorkflowVersion.objects.get()
        [trigger] = Trigger.objects.all()
        row = Catalogue.objects.get()
        own = {"workspace": workspace, "version": version, "event_type": "lead.created"}
        for some in batches.of(rules, 5_000):
            workflows = [Workflow(workspace=workspace, name=(name := str(new_id())), slug=name, draft={}) for _ in some]
            triggers = [
                Trigger(**own, workflow=each, key="t1", type="event", filters=filters, conditions=conditions)
                for each, (filters, conditions) in zip(workflows, some, strict=True)
            ]
            Workflow.objects.bulk_create(workflows)
            Trigger.objects.bulk_create(triggers)
            Subscription.objects.bulk_create(
                Subscription(
                    **own,
                    trigger=each,
                    workflow_id=each.workflow_id,
                    filters=each.filters,
                    conditions=each.conditions,
                    since=row.generation,
                )
                for each in triggers
            )
        if trigger.version_id is not None:
            catalogue.listen(workflow_id=template.pk, version_id=trigger.version_id, is_listening=False)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE triggers_subscription, triggers_trigger")


def compiled(workspace: Workspace) -> tuple[Matcher, float, float]:
    """The matcher of a workspace, read from the database; the seconds that took, and the bytes it has of a workflow."""
    subscriptions.forget(workspace.pk)
    gc.collect()
    before, began = resident_bytes(), time.perf_counter()
    matcher = current(workspace)
    took = time.perf_counter() - began
    gc.collect()
    return matcher, took, (resident_bytes() - before) / len(matcher)


def in_memory(rules: Sequence[tuple[Json, Json]]) -> Matcher:
    matcher = Matcher(1)
    for each in rules:
        id_, (root, flaw) = new_id(), subscriptions.compiled(*each)
        matcher.add(Listener(id_, id_, id_, id_, "t1", "lead.created", root, flaw))
    return matcher


def current(workspace: Workspace) -> Matcher:
    with tenancy.scope(workspace.pk):
        return subscriptions.matcher(workspace.pk, generation=Catalogue.objects.get().generation)


def resident_bytes() -> float:
    with open("/proc/self/statm") as file:  # noqa: PTH123  not a file
        return int(file.read().split()[1]) * resource.getpagesize()


def median_us(call: Callable[[bytes], object], events: Sequence[bytes]) -> float:
    """The median of all calls, of several rounds."""
    took: list[float] = []
    for _ in range(ROUNDS):
        for raw in events:
            began = time.perf_counter_ns()
            call(raw)
            took.append(time.perf_counter_ns() - began)
    return statistics.median(took) / 1000


def jsonlogic_us(rules: Sequence[tuple[Json, Json]], events: Sequence[bytes]) -> float:
    """One batch, in one call of the library: the data parsed once, every compiled rule evaluated on it."""
    engine = datalogic_py.Engine()
    batch = [engine.compile(json.dumps(as_rule(*each))) for each in rules]
    session = engine.session()
    took = []
    for raw in events:
        began = time.perf_counter_ns()
        data = datalogic_py.DataHandle(json.dumps(json.loads(raw)["data"]))
        answers = session.evaluate_many(batch, data)
        took.append(time.perf_counter_ns() - began)
        assert answers.count("true") == 1
    return statistics.median(took) / 1000


def as_rule(filters: Json, conditions: Json) -> Json:
    equal = [{"==": [{"var": field}, wanted["eq"]]} for field, wanted in filters.items()]
    return {"and": [*equal, *({">=": [{"var": each["field"]}, each["value"]]} for each in conditions["and"])]}


def seeded(rule: Callable[[int, random.Random], tuple[Json, Json]], number: int) -> tuple[Workspace, list[Any]]:
    chance = random.Random(number)
    rules = [rule(each, chance) for each in range(number)]
    workspace: Workspace = factories.WorkspaceFactory.create()
    publish(workspace, rules)
    return workspace, rules


@pytest.mark.django_db
def test_an_event_costs_the_same_however_many_listen() -> None:
    chance = random.Random(20_261_121)
    few, _ = seeded(lead, FEW)
    many, rules = seeded(lead, MANY)
    of_few, of_many = ([event(chance.randrange(number), chance) for _ in range(EVENTS)] for number in (FEW, MANY))
    of_ranges = [event(chance.randrange(10, MANY), chance) for _ in range(EVENTS)]

    matcher, compile_seconds, bytes_each = compiled(many)
    small, between = compiled(few)[0], in_memory([interval(each, chance) for each in range(MANY)])
    gc.collect()
    gc.freeze()
    assert {decide(matcher, raw) for raw in of_many} == {decide(small, raw) for raw in of_few} == {1}
    anchor = median_us(parse_and_flatten, of_many)
    at_many = median_us(lambda raw: decide(matcher, raw), of_many)
    at_few = median_us(lambda raw: decide(small, raw), of_few)
    at_ranges = median_us(lambda raw: decide(between, raw), of_ranges)
    anchor = statistics.median([anchor, median_us(parse_and_flatten, of_many)])
    batch = jsonlogic_us(rules, of_many[:20])
    edit_ms = edited(many)
    gc.unfreeze()

    print(f"\n{MANY:,} workflows on one event type, of {len(of_many[0])} bytes; microseconds, medians")
    for name, took in (
        ("parse and flatten", anchor),
        (f"decide, {FEW} workflows", at_few),
        (f"decide, {MANY:,} workflows", at_many),
        (f"decide, {MANY:,} ranges, 10 met", at_ranges),
        (f"JSONLogic, {MANY:,} rules in one batch", batch),
    ):
        print(f"{name:<42}{took:>12,.1f}{took / anchor:>10.1f} x parse and flatten")
    print(f"memory of a compiled workflow: {bytes_each:,.0f} bytes")
    found = [
        Gate("decide at 100,000, of parse and flatten", at_many / anchor, 8, is_upper=True),
        Gate("decide at 100,000, of decide at 10", at_many / at_few, 3, is_upper=True),
        Gate("JSONLogic in one batch, of decide at 100,000", batch / at_many, 80),
        Gate("compile 100,000 from the database, seconds", compile_seconds, 15, is_upper=True),
        Gate("an edit among 100,000 is known, seconds", edit_ms / 1000, 1, is_upper=True),
    ]
    print("\n".join(map(str, found)))
    assert all(gate.holds for gate in found)


def edited(workspace: Workspace) -> float:
    """Milliseconds from a commit until another process that knows the rest has what was edited: its next look."""
    took = []
    with tenancy.scope(workspace.pk):
        for trigger in Trigger.objects.filter(is_active=True)[:20]:
            catalogue.enable(trigger, is_enabled=False, is_listening=True)
            began = time.perf_counter()
            current(workspace)
            took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000
