from typing import Any

import pytest

from actions import checking, key_values
from actions.base import ActionCall, ActionFailedError
from actions.models import RecordedEffect
from actions.registry import action_types
from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.cases import load
from triggers.services import matching
from workflows.models import ActionRun, Run

pytestmark = pytest.mark.django_db


def perform(type_: str, call: ActionCall, /, **params: Any) -> dict[str, Any]:
    action_type = action_types.get(type_)
    return action_type.perform(checking.validated(action_type, params), call).output


def kept(key: str = "k") -> Any:
    found = key_values.find("default", key)
    return found.value if found else "absent"


def test_a_value_is_kept_once_for_all_attempts(scope: Workspace, call: ActionCall) -> None:
    first = perform("kv_set", call, key="k", increment=2)
    again = perform("kv_set", call, key="k", increment=2)

    assert again == first == {"stored": True, "value": 2, "version": first["version"], "expires_at": None}
    assert kept() == 2


def test_a_key_that_is_taken_is_not_taken_again(scope: Workspace, call: ActionCall) -> None:
    key_values.put("default", "k", key_values.Put("theirs"))

    with pytest.raises(key_values.VersionConflictError, match="no value was expected"):
        perform("kv_set", call, key="k", value="mine", if_absent=True)
    output = perform("kv_set", call, key="k", value="mine", if_absent=True, on_conflict="continue")

    assert (output["stored"], output["value"], kept()) == (False, "theirs", "theirs")
    assert not RecordedEffect.objects.exists()


def test_what_was_read_can_be_required(scope: Workspace, call: ActionCall) -> None:
    version = key_values.put("default", "k", key_values.Put("old")).version

    output = perform("kv_set", call, key="k", value="new", if_version=version)

    assert output["version"] > version
    assert kept() == "new"


@pytest.mark.parametrize(
    "params",
    [
        {"key": "k"}, {"key": "k", "value": 1, "increment": 1}, {"key": "", "value": 1}, {"key": "a\x00", "value": 1},
        {"key": "x" * 513, "value": 1}, {"key": "k", "value": 1, "namespace": "a b"},
        {"key": "k", "value": 1, "namespace": ""}, {"key": "k", "increment": float("nan")},
        {"key": "k", "value": 1, "if_absent": True, "if_version": 1}, {"key": "k", "value": 1, "expires_in_seconds": 0},
        {"key": "k", "value": 1, "expires_in_seconds": 1e12},
    ],
    ids=lambda params: str(params)[:60].encode("unicode_escape").decode(),
)  # fmt: skip
def test_parameters_that_mean_nothing_are_refused(scope: Workspace, call: ActionCall, params: dict[str, Any]) -> None:
    with pytest.raises(ActionFailedError) as raised:
        perform("kv_set", call, **params)

    assert raised.value.code == "invalid_parameters"


def test_naughty_texts_are_keys_and_values(scope: Workspace, call: ActionCall) -> None:
    texts = [text for text in load("hostile/blns.json") if 0 < len(text) <= 512]

    for text in texts:
        key_values.put("default", text, key_values.Put({text: text}))

    assert [perform("kv_get", call, key=text)["value"] for text in texts] == [{text: text} for text in texts]


def test_a_run_counts_and_tells_why_it_cannot(workspace: Workspace) -> None:
    count = {"id": "count", "type": "kv_set", "params": {"key": "leads", "increment": 1}}
    word = {"id": "word", "type": "kv_set", "params": {"key": "word", "value": "{{ actions.count.output.value }} lead"}}
    bad = {"id": "bad", "type": "kv_set", "params": {"key": "word", "increment": 1}, "allow_failure": True}
    factories.published(workspace, factories.definition(count, word, bad))
    event = factories.event(workspace)
    matching.match(event.pk)
    runner.drain()

    with tenancy.scope(workspace.pk):
        found = runner.outputs(Run.objects.get())
        failed = ActionRun.objects.get(key="bad")
        assert (found["count"]["value"], kept("word")) == (1, "1 lead")
    assert failed.error is not None
    assert failed.error["code"] == "not_a_number"
