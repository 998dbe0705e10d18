"""The id of a request in the lines of a worker that is a process of its own."""

import pytest
import redis
from rest_framework.test import APIClient

from core.models import Workspace
from tests import factories, processes


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings(processes.NO_SERMON)
def test_what_a_worker_does_for_a_request_has_its_id_in_each_line(
    api: APIClient, workspace: Workspace, empty_broker: redis.Redis, capfd: pytest.CaptureFixture[str]
) -> None:
    factories.published(workspace)
    others = factories.event(workspace, "lead.created")  # which no request sent
    body = {"id": "1", "source": "/crm", "type": "lead.created", "data": {}}

    with processes.worker(environment={"SEQUITUR_LOG_LEVEL": "INFO"}) as worker:
        assert api.post("/api/v1/events/", body, format="json", headers={"X-Request-Id": "req-7"}).status_code == 202
        processes.eventually(lambda: processes.all_runs_completed(workspace, number=2), what="both runs complete")
        worker.stop()

    lines = [
        line for line in "".join(capfd.readouterr()).splitlines() if "event matched" in line or "performed" in line
    ]
    told = [line for line in lines if "request_id='req-7'" in line]
    assert sorted("event matched" in line for line in told) == [False, True]
    assert len(lines) == 4
    assert not any(str(others.pk) in line for line in told)
