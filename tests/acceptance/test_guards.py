"""Requirements 000, 002, 003, 004: runaway workflows are held back, failures are kept, and operators repair them."""

import json
from typing import Any

import pytest
import redis
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.acceptance.documents import requirement
from triggers.models import Event
from triggers.services import matching
from workflows.models import Run

pytestmark = [pytest.mark.django_db(transaction=True)]

Json = dict[str, Any]
NOTE = {"id": "note", "type": "log_event", "params": {"message": "Weighs {{ actions.weigh.output.result.kg }} kg"}}
WEIGH = {"id": "weigh", "type": "transform_data", "params": {"mapping": {"kg": "{{ event.data.kg }}"}}}


@pytest.fixture(autouse=True)
def broker(empty_broker: redis.Redis) -> redis.Redis:
    return empty_broker


def send(workspace: Workspace, **data: Any) -> Event:
    """An event, decided, and what it started gone on as far as it goes."""
    event = factories.event(workspace, "ai.detection", **data)
    matching.match(event.pk)
    runner.drain()
    return event


def published(workspace: Workspace, *actions: Json, **settings: Any) -> None:
    document = factories.definition(*actions, triggers=[{"type": "ai.detection"}], settings=settings)
    factories.published(workspace, document)


def held_back(api: APIClient, event: Event) -> list[tuple[str, str]]:
    """(verdict, first words of the reason) of each trigger that listened."""
    found = api.get(f"/api/v1/events/{event.pk}/decisions/").json()["results"]
    return [(each["verdict"], " ".join(each["reason"].split()[:2])) for each in found]


def failed(workspace: Workspace, api: APIClient) -> Json:
    """A run that failed as its event has no weight, as the API shows it."""
    published(workspace, WEIGH, NOTE)
    event = send(workspace)
    with tenancy.scope(workspace.pk):
        run = Run.objects.get(event=event)
    return shown(api, str(run.pk))


def shown(api: APIClient, run: str) -> Json:
    found: Json = api.get(f"/api/v1/workflow-runs/{run}/").json()
    return found


def post(api: APIClient, url: str, **body: Any) -> Json:
    answer = api.post(f"/api/v1/{url}", body, format="json")
    assert answer.status_code < 300, answer.json()
    found: Json = answer.json()
    return found


def test_what_the_documents_ask_for() -> None:
    assert "**Runaway workflows**: Mitigate with rate limits per workflow, circuit breakers" in requirement("000")
    assert "Mitigate with retries, dead letter queue" in requirement("000")
    assert "cooldown periods" in requirement("000")
    assert "manual retry/skip + notification replay endpoints" in requirement("002")
    assert "`events-dlq`" in requirement("003")
    assert "`workflows-dlq`" in requirement("003")
    assert "Rate limiting per workflow" in requirement("004")


def test_a_workflow_starts_no_more_often_than_its_rate(workspace: Workspace, api: APIClient) -> None:
    published(workspace, rate_limit={"limit": 2, "per_seconds": 3600})

    events = [send(workspace) for _ in range(3)]

    said = [held_back(api, event)[0] for event in events]
    assert said == [("fired", "Everything that"), ("fired", "Everything that"), ("suppressed", "rate limit")]


def test_a_detection_that_comes_again_starts_nothing_during_the_cooldown(workspace: Workspace, api: APIClient) -> None:
    published(workspace, cooldown_seconds=60, cooldown_key="{{ event.data.label }}")

    events = [send(workspace, label=label) for label in ("goal", "goal", "foul")]

    assert [held_back(api, event)[0][0] for event in events] == ["fired", "suppressed", "fired"]
    assert held_back(api, events[1]) == [("suppressed", "cooldown until")]


def test_a_workflow_that_keeps_failing_is_paused_until_somebody_resumes_it(
    workspace: Workspace, api: APIClient
) -> None:
    published(workspace, WEIGH, circuit_breaker={"failures": 2, "pause_seconds": None})

    events = [send(workspace) for _ in range(3)]

    assert held_back(api, events[2]) == [("suppressed", "circuit breaker:")]
    assert api.get("/api/v1/workflows/greet/").json()["circuit"]["state"] == "open"
    post(api, "workflows/greet/resume/")
    assert held_back(api, send(workspace))[0][0] == "fired"


def test_what_failed_is_a_dead_letter_and_in_the_queue_of_the_broker(
    workspace: Workspace, api: APIClient, broker: redis.Redis
) -> None:
    run = failed(workspace, api)

    [letter] = api.get("/api/v1/dead-letters/?status=open").json()["results"]
    assert (letter["kind"], letter["run"], letter["attempts"]) == ("action", run["id"], 1)
    [shelved] = broker.lrange("workflows-dlq", 0, -1)
    assert letter["id"] in json.dumps(json.loads(shelved))


def test_a_failed_action_is_retried_by_hand(workspace: Workspace, api: APIClient) -> None:
    run = failed(workspace, api)

    post(api, f"workflow-runs/{run['id']}/retry/", reason="looked at it")
    runner.drain()

    after = shown(api, run["id"])
    assert (after["status"], [each["what"] for each in after["lineage"]["repairs"]]) == ("failed", ["retried"])
    assert len(after["actions"][0]["attempts"]) == 2


def test_a_failed_action_is_skipped_by_hand_and_the_run_replayed(workspace: Workspace, api: APIClient) -> None:
    run = failed(workspace, api)
    weigh = run["actions"][0]["id"]

    post(
        api,
        f"workflow-runs/{run['id']}/actions/{weigh}/skip/",
        reason="weighed by hand",
        output={"result": {"kg": 3}},
    )
    runner.drain()
    again = post(api, f"workflow-runs/{run['id']}/replay/", from_action="note", reason="once more")
    runner.drain()

    assert [shown(api, each)["status"] for each in (run["id"], again["run"])] == ["completed", "completed"]
    assert shown(api, again["run"])["lineage"]["replay_of"] == run["id"]
