"""The check of single actions, nested ones included: `if`, `run_at`, `for_each`, `undo`, and what may start what."""

import time
from typing import Any

import pytest

from core.errors import Problem
from tests.factories import definition, log_event
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known

Json = dict[str, Any]

KNOWN = Known(
    secrets=frozenset({"crm_key"}),
    workflows=lambda: frozenset({"Clean up", "clean-up", "Greet", "greet"}),
    itself=frozenset({"Greet", "greet"}),
)


def problems(*actions: Json, **changes: Any) -> list[Problem]:
    return check(shorthand.normalise(definition(*actions, **changes)), KNOWN)


def found(*actions: Json, **changes: Any) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in problems(*actions, **changes)]


def group(*actions: Json, key: str = "group", **parts: Any) -> Json:
    return {"id": key, "type": "test_group", "params": {"groups": {"one": list(actions)}}, **parts}


def each(*actions: Json, key: str = "each", **parts: Any) -> Json:
    parts = {"for_each": "{{ lines }}", **parts}
    return {"id": key, "type": "test_each", "params": {"actions": list(actions)}, **parts}


INNER = "/actions/0/params/groups/one"


def test_nested_actions_are_checked_like_others() -> None:
    inner: list[Any] = [
        {"id": "a", "type": "log_evnt"},
        log_event("{{ event.nope }}", id="b", notifications=[7]),
        log_event("x", id="b", needs=["c"], max_tries=3),
        7,
    ]

    assert set(found(group(*inner))) == {
        (f"{INNER}/0/type", "unknown_action_type"),
        (f"{INNER}/1/params/message", "unknown_path"),
        (f"{INNER}/1/notifications/0", "invalid"),
        (f"{INNER}/2/id", "duplicate_id"),
        (f"{INNER}/2/needs/0", "unknown_need"),
        (f"{INNER}/2/max_tries", "unknown_field"),
        (f"{INNER}/3", "invalid"),
    }


def test_ids_are_unique_over_the_whole_document() -> None:
    assert found(group(log_event("x", id="a")), log_event("x", id="a")) == [("/actions/1/id", "duplicate_id")]


def test_an_empty_body_is_a_problem() -> None:
    assert found(group()) == [(INNER, "missing")]


@pytest.mark.parametrize("actions", ["x", 5, None, {"a": 1}], ids=str)
def test_a_body_that_is_no_list_is_one_problem(actions: Any) -> None:
    (where,) = {path for path, _ in found({"type": "test_group", "params": {"groups": {"one": actions}}})}

    assert where == INNER


def test_nested_actions_count() -> None:
    (problem,) = problems(group(*[log_event("x") for _ in range(100)]))

    assert problem == Problem("/actions", "too_many", "The workflow has 101 actions; at most 100 are accepted.")


def nest(levels: int) -> Json:
    inner = log_event("x", id="inner")
    for level in range(levels):
        inner = group(inner, key=f"g{level}")
    return inner


def test_five_levels_of_bodies_are_accepted_and_six_are_not() -> None:
    assert problems(nest(5)) == []
    (problem,) = problems(nest(6))
    assert (problem.path, problem.code) == (INNER + "/0/params/groups/one" * 4 + "/0/params", "too_deep")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"if": {"field": "actions.first.status", "operator": "eq", "value": "completed"}}, []),
        ({"if": {"field": "run.variables.x", "operator": "eq", "value": "{{ trigger.type }}"}}, []),
        ({"if": [{"field": "lead.score", "operator": "gte", "value": 3}]}, []),
        ({"if": {"field": "a", "operator": "equals"}}, [("/if/operator", "unknown_operator")]),
        ({"if": {"not": {"field": "actions.nope.status", "operator": "exists"}}}, [("/if/not/field", "unknown_path")]),
        ({"if": {"field": "a", "operator": "eq", "value": "{{ run.nope }}"}}, [("/if/value", "unknown_path")]),
        ({"if": {"field": "secrets.crm_key", "operator": "eq", "value": 1}}, [("/if/field", "secret_not_allowed")]),
        ({"if": {"field": "item.x", "operator": "eq", "value": 1}}, [("/if/field", "unknown_path")]),
        ({"if": "x > 3"}, [("/if", "invalid"), ("/if", "not_a_condition")]),
        ({"run_at": "2026-01-31T09:00:00Z"}, []),
        ({"run_at": "2026-01-31"}, []),
        ({"run_at": "{{ today + 2 }}"}, []),
        ({"run_at": "tomorrow"}, [("/run_at", "invalid")]),
        ({"run_at": "{{ event.nope }}"}, [("/run_at", "unknown_path")]),
        ({"run_at": "{{ secrets.crm_key }}"}, [("/run_at", "secret_not_allowed")]),
        ({"for_each": [1, 2]}, []),
        ({"for_each": "{{ actions.first.output.fields.lines }}"}, []),
        ({"for_each": {"items": "{{ lines }}", "max_parallel": 3, "on_failure": "collect"}}, []),
        ({"for_each": "lines"}, [("/for_each/items", "invalid")]),
        ({"for_each": "{{ lines }} and more"}, [("/for_each/items", "invalid")]),
        ({"for_each": "{{ lines | nope }}"}, [("/for_each/items", "unknown_filter")]),
        ({"for_each": "{{ item.lines }}"}, [("/for_each/items", "unknown_path")]),
        ({"for_each": {"items": 5}}, [("/for_each/items", "invalid")]),
        ({"for_each": {"max_parallel": 2}}, [("/for_each/items", "missing")]),
        ({"for_each": [0] * 1001}, [("/for_each/items", "too_many")]),
        ({"retry": {"max_attempts": 3, "codes": ["timeout"]}, "start_within_seconds": 60}, []),
        ({"retry": {"max_attempts": 0}}, [("/retry/max_attempts", "invalid")]),
    ],
    ids=lambda value: str(value)[:70],
)  # fmt: skip
def test_what_an_action_may_carry(parts: Json, expected: list[tuple[str, str]]) -> None:
    first, second = log_event("x", id="first"), log_event("y", id="second", **parts)

    assert found(first, second) == [(f"/actions/1{path}", code) for path, code in expected]


def test_a_body_for_every_item_needs_for_each() -> None:
    (problem,) = problems({"type": "test_each", "params": {"actions": [log_event("x")]}})

    assert problem == Problem(
        "/actions/0/for_each", "missing", "'test_each' needs `for_each`: the list whose items it goes through."
    )


@pytest.mark.parametrize(
    ("action", "is_accepted"),
    [
        (log_event("{{ item.sku }} {{ index }}", for_each=[1]), True),
        (each(log_event("{{ item.sku }} {{ index }}")), True),
        (each(group(log_event("{{ item.sku }}"))), True),
        (each(log_event("{{ loop.parent.item }} {{ loop.parent.index }}", for_each="{{ item.parts }}")), True),
        (each(each(log_event("{{ loop.parent.item }}"), key="inner")), True),
        (each(log_event("{{ loop.parent.item }}")), False),
        (each(each(log_event("{{ loop.parent.count }}"), key="inner")), False),
        (each(each(log_event("{{ loop.index }}"), key="inner")), False),
        (group(log_event("{{ item.sku }}")), False),
        (log_event("{{ item.sku }}"), False),
        (log_event("{{ loop.parent.item }}"), False),
    ],
)
def test_names_of_loops_are_known_inside_loops_only(action: Json, is_accepted: bool) -> None:
    assert {code for _, code in found(action)} == (set() if is_accepted else {"unknown_path"})


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("first", ""),
        ("outer", "this action stands inside 'outer', which has no output before all in it has ended"),
        ("inner", "it has no output before it has ended"),
        (
            "sibling",
            "'sibling' need not have ended by then; name it in the `needs` of this action, or of one before it",
        ),
        ("beside", "'beside' need not have ended by then; name it in the `needs` of 'outer'"),
        ("hidden", "'hidden' stands inside 'box' and is not seen outside; read `actions.box.output`"),
    ],
)
def test_an_action_reads_what_must_have_ended_and_is_told_why_not_otherwise(key: str, why: str) -> None:
    document = [
        log_event("x", id="first"),
        group(log_event("x", id="hidden"), key="box"),
        log_event("x", id="beside", needs=["first"]),
        group(
            log_event(f"{{{{ actions.{key}.output }}}}", id="inner", needs=[]),
            log_event("x", id="sibling", needs=[]),
            key="outer",
            needs=["box"],
        ),
    ]

    expected = [f"'actions.{key}' cannot be read here: {why}."] if why else []
    assert [problem.message for problem in problems(*document)] == expected


def test_upstream_goes_through_needs_not_through_the_order_of_the_document() -> None:
    fork = {"id": "fork", "type": "test_ports"}
    left = log_event("x", id="left", needs=["fork.yes"])
    right = log_event("{{ actions.left.output.message }}", id="right", needs=["fork.no"])
    end = log_event("{{ actions.left.error }} {{ actions.fork.output }}", needs=["left", "right"], join="any")

    assert found(fork, left, right, end) == [("/actions/2/params/message", "unknown_path")]


def test_the_output_of_a_loop_is_that_of_its_items() -> None:
    loop = log_event("x", id="loop", for_each=[1, 2])
    text = "{{ actions.loop.output.items }} {{ actions.loop.output.count }} {{ actions.loop.output.failed }}"

    assert problems(loop, log_event(text)) == []
    (problem,) = problems(loop, log_event("{{ actions.loop.output.message }}"))
    assert problem.message == "The output of an action with `for_each` has items, count, failed; not 'message'."


def test_what_makes_undone_sees_the_action_and_what_was_before_it() -> None:
    text = "{{ actions.second.output.message }} {{ actions.first.status }} {{ item }} {{ secrets.crm_key }}"
    undo = {"type": "log_event", "params": {"message": text}}

    assert problems(log_event("x", id="first"), log_event("y", id="second", for_each=[1], undo=undo)) == []


@pytest.mark.parametrize(
    ("undo", "path", "code"),
    [
        ({"type": "log_evnt"}, "/type", "unknown_action_type"),
        ({"type": "log_event"}, "/params/message", "missing_parameter"),
        (log_event("{{ actions.later.output }}"), "/params/message", "unknown_path"),
        (group(log_event("x")) | {"id": "x"}, "/id", "unknown_field"),
        ({"type": "test_group", "params": {"groups": {"a": []}}}, "/type", "not_supported"),
        ({"type": "log_event", "params": {"message": "x"}, "timeout_seconds": 0}, "/timeout_seconds", "invalid"),
    ],
    ids=str,
)
def test_what_is_wrong_with_an_undo(undo: Json, path: str, code: str) -> None:
    assert (f"/actions/0/undo{path}", code) in found(log_event("x", undo=undo), log_event("y", id="later"))


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("Clean down", "unknown_workflow", "The workspace has no workflow 'Clean down'. Did you mean 'Clean up'?"),
        ("greet", "feeds_itself", "'greet' is this workflow: it would start itself without end."),
    ],
)
def test_on_failure_names_another_workflow(name: str, code: str, message: str) -> None:
    assert problems(settings={"on_failure": name}) == [Problem("/settings/on_failure", code, message)]


@pytest.mark.parametrize("name", ["Clean up", "clean-up", "CLEAN UP"])
def test_on_failure_names_it_by_name_or_slug(name: str) -> None:
    assert problems(settings={"on_failure": name}) == []


@pytest.mark.parametrize(
    ("name", "codes"),
    [("Clean up", []), ("{{ x }}", []), ("Nope", ["unknown_workflow"]), ("Greet", ["feeds_itself"])],
)
def test_an_action_starts_another_workflow(name: str, codes: list[str]) -> None:
    action = {"type": "test_start", "params": {"workflow": name}}

    assert found(action) == [("/actions/0/params/workflow", code) for code in codes]


def test_workflows_are_looked_up_only_when_one_is_named() -> None:
    def never() -> frozenset[str]:
        raise AssertionError("nothing was named")

    assert check(shorthand.normalise(definition()), Known(workflows=never)) == []


@pytest.mark.parametrize(
    ("trigger", "event", "is_refused"),
    [
        ("lead.created", "lead.created", True),
        ("lead.*", "lead.created", True),
        ("lead.**", "lead.a.b", True),
        ("lead.created", "lead.updated", False),
        ("lead.created", "{{ event.type }}", False),
    ],
)
def test_a_workflow_that_sends_what_starts_it_is_refused(trigger: str, event: str, is_refused: bool) -> None:
    action = {"type": "test_emit", "params": {"event": event}}

    assert found(action, trigger=trigger) == [("/actions/0/params", "feeds_itself")] * is_refused


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ([{"field": "actions.first.status", "operator": "eq", "value": "{{ run.id }}"}], []),
        ([{"field": "actions.nope.status", "operator": "eq", "value": 1}], [("/and/0/field", "unknown_path")]),
        ({"field": "a", "operator": "eq", "value": "{{ run.nope }}"}, [("/value", "unknown_path")]),
        ({"field": "a", "operator": "nope", "value": "{{ run.nope }}"}, [("/operator", "unknown_operator")]),
    ],
    ids=str,
)
def test_names_in_the_conditions_that_a_type_reads_are_checked(when: Any, expected: list[tuple[str, str]]) -> None:
    action = {"type": "test_when", "params": {"when": when}}

    assert found(log_event("x", id="first"), action) == [
        (f"/actions/1/params/when{path}", code) for path, code in expected
    ]


def test_names_in_what_else_a_type_reads_as_written_are_checked() -> None:
    cases = {"a": "{{ run.id }}", "b": {"operator": "gte", "value": "{{ run.nope }}"}, "c": "{{ secrets.crm_key }}"}

    assert found({"type": "test_choice", "params": {"cases": cases}}) == [
        ("/actions/0/params/cases/b/value", "unknown_path"),
        ("/actions/0/params/cases/c", "secret_not_allowed"),
    ]


def test_a_document_full_of_wrong_names_is_checked_in_no_time() -> None:
    actions = [log_event("x", id=f"a_rather_long_name_{number}") for number in range(98)]
    fields = {f"f{number}": f"{{{{ actions.a_rather_long_name_{number} }}}}" for number in range(100, 700)}
    loop = log_event("x", for_each=[f"{{{{ actions.a_rather_long_name_{number} }}}}" for number in range(100, 400)])

    started = time.process_time()

    assert len(found(*actions, {"type": "log_event", "params": {"message": "x", "fields": fields}}, loop)) == 100
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("action", "path", "message"),
    [
        (
            {"type": "log_event", "message": "x"},
            "message",
            "'message' is a parameter of log_event; write it in `params`.",
        ),
        ({**log_event("x"), "runAt": "2027-01-31"}, "runAt", "'runAt' is not known here. Did you mean 'run_at'?"),
        ({**log_event("x"), "retry": {"max": 3}}, "retry/max", "'max' is not known here. Did you mean 'max_attempts'?"),
        ({**log_event("x"), "retry": 3}, "retry", "It should be an object: {...}; got 3."),
        (
            {**log_event("x"), "id": "my-step"},
            "id",
            "Expected at most 100 letters, digits and _, not beginning with a digit; got 'my-step'.",
        ),
        (
            {**log_event("x"), "needs": ["a.b.c"]},
            "needs/0",
            "Expected the id of an action, or id.port such as `check.true`; got 'a.b.c'.",
        ),
        (
            {"type": "condition", "if": {"field": "a", "operator": "exists"}},
            "params/if",
            (
                "'if' is required: A condition, or a list of them that must all hold. "
                "The `if` beside `params` decides whether the action is done at all."
            ),
        ),
        ({"type": "wait"}, "type", "There is no action type 'wait'. Did you mean 'wait_for_event'?"),
        (
            {"type": "switch", "params": {"value": 1, "cases": ["gold"]}},
            "params/cases/0",
            "In a list, a case is {port, operator, value}, such as {port: gold, value: gold}.",
        ),
        (
            {"type": "workflow", "params": {"workflow": "Clean up", "returns": {"price": "float"}}},
            "params/returns/price",
            "Expected 'text', 'number', 'boolean', 'list' or 'object'; got 'float'.",
        ),
        (
            {"type": "delay", "params": {"seconds": -1}},
            "params/seconds",
            "Expected greater than or equal to 0; got -1.",
        ),
    ],
    ids=str,
)
def test_a_typical_mistake_is_told_what_to_do(action: Json, path: str, message: str) -> None:
    assert Problem(f"/actions/0/{path}", "", message) in [
        Problem(problem.path, "", problem.message) for problem in problems(action)
    ]


def test_a_parameter_of_a_nested_action_beside_its_params_is_told_so_too() -> None:
    inner = {"type": "log_event", "message": "x"}

    messages = {problem.path: problem.message for problem in problems(group(inner))}

    assert messages[f"{INNER}/0/message"] == "'message' is a parameter of log_event; write it in `params`."


def test_the_same_mistake_twice_in_one_text_is_told_once() -> None:
    (problem,) = problems(log_event("{{ item.a }} and {{ item.b }}"))

    assert problem.code == "unknown_path"
