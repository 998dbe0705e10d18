from typing import Any

import pytest
from django.core.exceptions import ValidationError

from core.models import Workspace
from workflows.definitions.document import Settings
from workflows.services.flow import effective

RATE = {"limit": 5, "per_seconds": 60}
Json = dict[str, Any]


def held(own: Json, written: Json) -> Json:
    """What holds, without what says nothing."""
    return effective.flow(Settings.model_validate(own), written).model_dump(include={*WATCHED}, exclude_defaults=True)


WATCHED = ("rate_limit", "concurrency", "cooldown_seconds", "cooldown_key", "batch", "debounce_seconds", "rate_ceiling")


@pytest.mark.parametrize(
    ("own", "defaults", "holds"),
    [
        ({}, {"cooldown_seconds": 9}, {"cooldown_seconds": 9}),
        ({"cooldown_seconds": 0}, {"cooldown_seconds": 9}, {}),
        ({"cooldown_seconds": 3}, {"cooldown_seconds": 9, "cooldown_key": "x"}, {"cooldown_seconds": 3}),
        ({"rate_limit": None}, {"rate_limit": RATE}, {}),
        ({"debounce_seconds": 1}, {"batch": {"max_events": 2, "seconds": 1}}, {"debounce_seconds": 1}),
        ({"undo": False}, {"cooldown_seconds": 9}, {"cooldown_seconds": 9}),
        ({}, {"cooldown_seconds": -1, "debounce_seconds": 2}, {"debounce_seconds": 2}),
    ],
    ids=["default", "switched-off", "own-group", "null", "excluded", "other-settings", "unreadable"],
)
def test_what_a_workflow_writes_is_its_own_and_the_rest_the_workspaces(own: Json, defaults: Json, holds: Json) -> None:
    assert held(own, {"defaults": defaults}) == holds


@pytest.mark.parametrize(
    ("own", "limit"),
    [({"limit": 50, "key": "k"}, 20), ({"limit": 20}, 20), ({"limit": 19}, 19), (None, 20)],
    ids=["above", "at", "below", "none"],
)
def test_no_workflow_has_more_at_once_than_the_ceiling(own: Json | None, limit: int) -> None:
    found = effective.flow(Settings.model_validate({"concurrency": own}), {"ceilings": {"concurrency": 20}}).concurrency

    assert found is not None
    assert (found.limit, found.key) == (limit, (own or {}).get("key", ""))


def test_a_ceiling_of_the_rate_stands_beside_the_own_one() -> None:
    found = held({"rate_limit": {**RATE, "limit": 9}}, {"ceilings": {"rate_limit": RATE}})

    assert found == {"rate_limit": {"limit": 9, "per_seconds": 60.0}, "rate_ceiling": {"limit": 5, "per_seconds": 60.0}}


def test_where_the_workspace_wrote_nothing_the_settings_are_the_same_object() -> None:
    own = Settings(cooldown_seconds=3)

    assert effective.flow(own, {}) is own


@pytest.mark.parametrize("written", [[1], "x", {"defaults": 3}, {"ceilings": {"concurrency": "many"}}, {"x": 1}])
def test_what_cannot_be_read_stops_nothing(written: Any) -> None:
    assert held({}, written) == {}


PROBLEMS: list[tuple[Any, list[str]]] = [
    ({}, []),
    ({"defaults": {"rate_limit": {**RATE, "key": "{{ event.data.name }} {{ vars.region }}"}}}, []),
    ([], ['Expected a JSON object such as {"defaults": {"cooldown_seconds": 60}, "ceilings": {"concurrency": 20}}.']),
    ({"ceilings": {"concurrency": 0}}, ["/ceilings/concurrency: It should be greater than or equal to 1; got 0."]),
    (
        {"default": {}},
        ["/default: 'default' is not known here. Did you mean 'defaults'?"],
    ),
    (
        {"defaults": {"dedupe": {"key": "x"}}},
        [
            (
                "/defaults/dedupe/key: This key is the same for every event, so only one would start: "
                'use a template like "{{ event.id }}".'
            )
        ],
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("written", "sentences"), PROBLEMS, ids=str)
def test_people_are_told_what_cannot_stand_there(workspace: Workspace, written: Any, sentences: list[str]) -> None:
    workspace.flow, workspace.variables = written, {"region": "eu"}

    assert effective.problems(written, ["region"]) == sentences
    if sentences:
        with pytest.raises(ValidationError) as caught:
            workspace.full_clean()
        assert caught.value.message_dict == {"flow": sentences}
    else:
        workspace.full_clean()
