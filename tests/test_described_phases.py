"""What the API does is what its description says, in the two other ways of schemathesis.

Coverage: every boundary and every broken form of each parameter and field, once. Stateful: what one operation answered
is what the next is asked with. `-s` prints how many requests that are.
"""

import os
import time
from collections import Counter
from typing import Any

import pytest
import schemathesis
from requests import Session
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from core.api import description
from core.models import Role, Workspace
from tests import factories
from tests.test_admin import history
from tests.test_described_truly import ENDLESS, LOOSE, committed_history, url

__all__ = ("committed_history", "history", "url")

# What would end the key that asks, or let the workspace answer nothing more.
SUICIDAL = ["api_keys_destroy", "api_keys_rotate", "api_keys_partial_update", "workspaces_partial_update"]


STORIES = 25  # of several requests each, for each example that is asked for
SECONDS = 300  # for each example that is asked for, of each phase: whatever was not come to by then is not asked


def asked(url: str, key: str, phase: str, *, examples: int) -> tuple[Counter[str], dict[str, str]]:
    """How often each status was answered, and the first finding of each kind at each operation."""
    statuses: Counter[str] = Counter()
    found: dict[str, str] = {}
    stream = from_schema(_described(url, key, phase, examples=examples)).execute()
    ends = time.monotonic() + SECONDS * examples
    for event in stream:
        if time.monotonic() > ends:
            stream.stop()
        if isinstance(event, events.ScenarioFinished):
            answers = [each.response for each in event.recorder.interactions.values()]
            statuses.update(str(each.status_code) if each else "none" for each in answers)
            found = {**_findings(event), **found}
        elif isinstance(event, events.NonFatalError | events.FatalError):
            found.setdefault(f"error {len(found)}", str(getattr(event, "info", event)))
    return statuses, found


def _described(url: str, key: str, phase: str, *, examples: int) -> Any:
    """The description, to be asked about in one way. One `Idempotency-Key` for all requests would refuse most."""
    config = SchemathesisConfig.from_dict(
        {
            "base-url": url,
            "headers": {"Authorization": f"Bearer {key}"},
            "workers": 1,
            "continue-on-failure": True,
            "generation": {
                "max-examples": examples * (STORIES if phase == "stateful" else 1),
                "deterministic": True,
                "database": "none",
            },
            "phases": {name: {"enabled": name == phase} for name in ("examples", "coverage", "fuzzing", "stateful")},
            "checks": {"positive_data_acceptance": {"enabled": False}, "ignored_auth": {"enabled": False}},
        }
    )
    with Session() as session:
        document = session.get(f"{url}/api/schema/", params={"format": "json"}).json()
    for _, operation, _ in description.operations(document):
        given = operation.get("parameters", [])
        operation["parameters"] = [each for each in given if each["name"] != "Idempotency-Key"]
    schema: Any = schemathesis.openapi.from_dict(document, config=config)
    return schema.exclude(operation_id=[*ENDLESS, *(SUICIDAL if phase == "stateful" else ())])


def name_of(case: Any) -> str:
    """The operation that was asked."""
    return str(case.operation.definition.raw["operationId"])


def _findings(event: events.ScenarioFinished) -> dict[str, str]:
    """What a scenario found, by the operation and the check."""
    found = {}
    for uid, checks in event.recorder.checks.items():
        case = event.recorder.cases[uid].value
        for check in checks:
            is_loose = name_of(case) in LOOSE and check.name == "negative_data_rejection"
            if check.status is Status.FAILURE and not is_loose:
                failure = check.failure_info.failure if check.failure_info else None
                said = f"{failure}: {getattr(failure, 'message', '')}"
                found[f"{name_of(case)}: {check.name}"] = f"{case.as_curl_command()}\n{said}"
    return found


@pytest.mark.long
@pytest.mark.parametrize("phase", ["coverage", "stateful"])
def test_every_operation_answers_as_it_is_described_in_each_phase(url: str, workspace: Workspace, phase: str) -> None:
    key = factories.api_key(workspace, Role.ADMIN)

    statuses, found = asked(url, key, phase, examples=int(os.environ.get("SEQUITUR_EXAMPLES", "2")))

    print(f"\n{phase}: {sum(statuses.values()):,} requests, {dict(statuses.most_common())}")
    assert statuses["401"] < sum(statuses.values()) / 10
    assert found == {}, "\n\n".join(f"{name}: {text}" for name, text in found.items())
