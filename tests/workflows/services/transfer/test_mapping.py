"""Other names for what a definition names; and what it names at all, whatever people wrote."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workflows.definitions import dependencies, shorthand
from workflows.definitions.dependencies import Dependency, Kind
from workflows.services.transfer import mapping, ordering
from workflows.services.transfer.mapping import Mapped

Json = dict[str, Any]

NAMES = Mapped(
    connections={"crm": "crm-prod"},
    secrets={"key": "new_key", "odd one": "plain", "plain": "odd-one"},
    variables={"team": "squad"},
    event_types={"a.b": "c.d"},
    workflows={"Child": "Kid"},
    message_templates={"hello": "welcome"},
)


def mapped(*actions: Json, **parts: Any) -> Json:
    return mapping.apply(shorthand.normalise({"name": "x", "actions": list(actions), **parts}), NAMES)


def text(written: str) -> str:
    found: str = mapped({"type": "log_event", "params": {"message": written}})["actions"][0]["params"]["message"]
    return found


def test_secrets_and_variables_are_renamed_in_expressions_alone() -> None:
    cases = {
        "{{ secrets.key }}": "{{ secrets.new_key }}",
        "a {{secrets.key|lower}} b {{ vars.team }}": "a {{secrets.new_key|lower}} b {{ vars.squad }}",
        '{{ secrets["odd one"] }}': "{{ secrets.plain }}",
        "{{ secrets['key'] | default('secrets.key') }} secrets.key": (
            "{{ secrets.new_key | default('secrets.key') }} secrets.key"
        ),
        "{{ secrets.plain }}": '{{ secrets["odd-one"] }}',
        "{{ vars.team.lead }}": "{{ vars.squad.lead }}",
        "{{ event.vars.team }} {{ secrets.keys }}": "{{ event.vars.team }} {{ secrets.keys }}",
        "{{ 'a}}b' | default(secrets.key) }}": "{{ 'a}}b' | default(secrets.new_key) }}",
        "secrets.key": "secrets.key",
        "{{ secrets.key": "{{ secrets.key",
    }

    assert {written: text(written) for written in cases} == cases


def test_names_are_replaced_where_they_stand() -> None:
    found = mapped(
        {"type": "http_request", "params": {"url": "https://x.example.com", "connection": "crm"},
         "undo": {"type": "workflow", "params": {"workflow": "Child"}}},
        {"type": "loop", "for_each": [1], "params": {"actions": [{"type": "emit_event", "params": {"type": "a.b"}}]}},
        {"type": "wait_for_event", "params": {"event": "a.b"}},
        {"type": "ai_agent", "params": {"tools": [{"type": "http_request", "params": {"connection": "crm"}}]}},
        {"type": "condition", "params": {"if": {"field": "vars.team", "operator": "exists"}}},
        {"type": "http_request", "params": {"body": {"field": "vars.team", "connection": "crm"}}},
        trigger={"type": "a.b"},
        settings={"on_failure": "Child", "notifications": [{"channel": "email", "template": "hello"}]},
    )  # fmt: skip

    actions = found["actions"]
    assert found["triggers"][0]["type"] == "c.d"
    assert found["settings"]["on_failure"] == "Kid"
    assert found["settings"]["notifications"][0]["template"] == "welcome"
    assert actions[0]["params"]["connection"] == "crm-prod"
    assert actions[0]["undo"]["params"] == {"workflow": "Kid"}
    assert actions[1]["params"]["actions"][0]["params"] == {"type": "c.d"}
    assert actions[2]["params"] == {"event": "c.d"}
    assert actions[3]["params"]["tools"][0]["params"] == {"connection": "crm-prod"}
    assert actions[4]["params"]["if"]["field"] == "vars.squad"
    assert actions[5]["params"]["body"] == {"field": "vars.team", "connection": "crm"}


def test_the_types_of_all_steps_of_a_sequence_are_replaced() -> None:
    params = {"events": [{"event": "a.b"}, {"event": "a.*"}, {"event": "a.b"}], "within_seconds": 60}

    found = mapped({"type": "log_event", "params": {"message": "x"}}, trigger={"type": "sequence", "params": params})

    assert [each["event"] for each in found["triggers"][0]["params"]["events"]] == ["c.d", "a.*", "c.d"]


def test_two_names_can_change_places() -> None:
    swapped = Mapped(secrets={"a": "b", "b": "a"}, connections={"x": "y", "y": "x"})
    definition = {
        "name": "x",
        "actions": [
            {"id": "a", "type": "http_request", "params": {"connection": "x", "url": "{{ secrets.a }}{{ secrets.b }}"}}
        ],
    }

    params = mapping.apply(definition, swapped)["actions"][0]["params"]

    assert params == {"connection": "y", "url": "{{ secrets.b }}{{ secrets.a }}"}


def test_a_template_in_the_place_of_a_name_names_nothing() -> None:
    definition = {"actions": [{"id": "a", "type": "workflow", "params": {"workflow": "{{ vars.team }}"}}]}

    assert dependencies.of(definition) == [
        Dependency(Kind.ACTION_TYPE, "workflow", "/actions/0/type"),
        Dependency(Kind.VARIABLE, "team", "/actions/0/params/workflow"),
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["{{ secrets.key }}", "a.b", "crm", "workflow", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "params", "if", "field", "and", "undo", "tools", "event", "notifications", "value"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values, json_values, json_values)
def test_whatever_was_written_is_read_and_mapped_without_failing(triggers: Any, actions: Any, settings: Any) -> None:
    definition = {"name": "x", "triggers": triggers, "actions": actions, "settings": settings, "conditions": actions}

    found = mapping.apply(definition, NAMES)

    assert {each.name for each in dependencies.of(found) if each.kind is Kind.SECRET} <= {"new_key"}
    assert mapping.apply(definition, mapping.NOTHING) == definition


def calling(name: str, *others: str) -> Json:
    actions = [{"id": f"a{n}", "type": "workflow", "params": {"workflow": each}} for n, each in enumerate(others)]
    return {"name": name, "actions": actions}


def test_what_is_started_comes_first_by_name_or_slug() -> None:
    definitions = [calling("Top", "middle one", "Leaf"), calling("Middle one", "LEAF"), calling("Leaf", "Elsewhere")]

    assert ordering.ordered(definitions) == ([2, 1, 0], [])
    assert ordering.ordered([calling("Two words"), calling("B", "two-words")]) == ([0, 1], [])


def test_every_circle_is_told_once() -> None:
    order, circles = ordering.ordered([calling("A", "B"), calling("B", "A"), calling("C", "D", "C"), calling("D", "C")])

    assert sorted(order) == [0, 1, 2, 3]
    assert len(circles) == 2
    assert circles[0] in {
        "These workflows start each other in a circle: A -> B -> A.",
        "These workflows start each other in a circle: B -> A -> B.",
    }
