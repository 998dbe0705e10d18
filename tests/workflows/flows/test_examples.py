"""The workflows of `examples/workflows`, published and run as they stand there; a server of ours plays their hosts."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from core import documents, tenancy
from core.models import Workspace
from tests import factories, runner
from tests.runner import outputs, states
from triggers.services import matching
from workflows.models import ActionRun, Run
from workflows.services import decisions

pytestmark = pytest.mark.django_db

Example = Callable[..., Run]


@pytest.fixture
def example(workspace: Workspace, httpserver: HTTPServer) -> Example:
    """Publishes an example, lets its event happen, and goes on as far as it goes without waiting."""

    def start(name: str, **data: Any) -> Run:
        text = (settings.BASE_DIR / "examples/workflows" / f"{name}.yaml").read_text()
        here = re.sub(r"https://\w+\.example\.com", httpserver.url_for("").rstrip("/"), text)
        document = documents.parse_yaml(here.encode(), max_bytes=100_000)
        factories.published(workspace, document)
        return happened(workspace, document["trigger"], **data)

    return start


def happened(workspace: Workspace, type_: str, **data: Any) -> Run:
    """The run that an event starts."""
    event = factories.event(workspace, type_, **data)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        run = Run.objects.get(event=event)
    return after(run)


def after(run: Run) -> Run:
    """The run after everything that can go on has gone on."""
    runner.drain()
    with tenancy.unscoped("tests look at everything"):
        return Run.objects.get(pk=run.pk)


def test_the_lines_of_an_order_are_reserved_and_those_that_failed_are_told(
    example: Example, httpserver: HTTPServer
) -> None:
    def reserve(request: Request) -> Response:
        is_there = json.loads(request.data)["sku"] != "gone"
        return Response("{}", status=201 if is_there else 409, content_type="application/json")

    httpserver.expect_request("/reservations", method="POST").respond_with_handler(reserve)
    lines = [{"sku": sku, "quantity": 1} for sku in ("a", "gone", "b", "c")]

    run = example("order_lines", order={"id": "o-1", "lines": lines})

    assert run.status == "completed"
    assert len(httpserver.log) == 4
    assert states(run)["tell"] == "skipped"
    assert outputs(run)["warn"]["message"] == "Order o-1: 1 lines are not reserved"
    found = outputs(run)["warn"]["fields"]["lines"]
    assert [each["status"] for each in found] == ["completed", "failed", "completed", "completed"]
    assert [(each["error"] or {}).get("code") for each in found] == [None, "http_status", None, None]


def test_a_small_discount_needs_nobody(example: Example) -> None:
    run = example("discount_approval", customer={"name": "Ada", "email": "ada@example.com"}, discount={"percent": 10})

    assert (run.status, states(run)["ask"], states(run)["grant"]) == ("completed", "skipped", "completed")


@pytest.mark.parametrize(
    ("decision", "ending", "comment"),
    [("approved", "grant", None), ("rejected", "refuse", "too much"), (None, "refuse", "")],
    ids=["approved", "rejected", "expired"],
)
def test_a_large_discount_is_decided_by_a_person(
    example: Example, decision: str | None, ending: str, comment: str | None
) -> None:
    run = example("discount_approval", customer={"name": "Ada", "email": "ada@example.com"}, discount={"percent": 30})
    assert (run.status, states(run)["ask"]) == ("waiting", "waiting")
    assert "May Ada have 30 %?" in mail.outbox[0].body

    if decision:
        with tenancy.scope(run.workspace_id):
            row = ActionRun.objects.get(run=run, key="ask")
            decisions.decide(row, decision, comment="too much", by="Grace")
    else:
        runner.pass_time(seconds=172_800)

    assert after(run).status == "completed"
    assert {states(run)[key] for key in {"grant", "refuse"} - {ending}} == {"skipped"}
    assert states(run)[ending] == "completed"
    if comment is not None:
        assert outputs(run)[ending]["fields"] == {"comment": comment}


ORDER = {"order": {"id": "o-1", "total": 12.5}, "customer": {"name": "Ada", "email": "ada@example.com"}}


@pytest.mark.parametrize(
    ("days", "shipped", "reminders"),
    [([], True, 0), ([3], True, 1), ([3, 7], False, 1)],
    ids=["paid at once", "paid late", "never paid"],
)
def test_a_payment_is_waited_for_and_reminded_of(
    example: Example, workspace: Workspace, days: list[int], shipped: bool, reminders: int
) -> None:
    run = example("payment_reminder", **ORDER)
    matching.match(factories.event(workspace, "payment.received", order={"id": "another"}).pk)

    for each in days:
        assert after(run).status == "waiting"
        runner.pass_time(seconds=each * 86_400)
        runner.drain()
    if shipped:
        matching.match(factories.event(workspace, "payment.received", order={"id": "o-1"}).pk)

    assert after(run).status == "completed"
    assert (states(run)["ship"] == "completed", len(mail.outbox)) == (shipped, reminders)
    assert states(run)["give_up"] == ("skipped" if shipped else "completed")


def test_a_payment_from_before_the_order_counts(example: Example, workspace: Workspace) -> None:
    matching.match(factories.event(workspace, "payment.received", order={"id": "o-1"}).pk)

    run = example("payment_reminder", **ORDER)

    assert (run.status, states(run)["ship"]) == ("completed", "completed")


@pytest.mark.parametrize("is_paid", [True, False], ids=["paid", "refused"])
def test_a_trip_is_booked_or_undone(example: Example, httpserver: HTTPServer, is_paid: bool) -> None:
    for number in ("f-1", "h-1"):
        httpserver.expect_ordered_request("/bookings", method="POST").respond_with_json({"id": number}, status=201)
    httpserver.expect_ordered_request("/charges").respond_with_json({}, status=201 if is_paid else 402)
    if not is_paid:
        httpserver.expect_ordered_request("/bookings/h-1", method="DELETE").respond_with_data("", status=204)
        httpserver.expect_ordered_request("/bookings/f-1", method="DELETE").respond_with_data("", status=204)

    trip = {"destination": "Delft", "date": "2027-05-01", "nights": 2, "price": 300}
    run = example("trip_booking", trip=trip, customer={"id": "c-1"})

    httpserver.check_assertions()
    assert run.status == ("completed" if is_paid else "failed")
    undone = {key: status for key, status in states(run).items() if key.endswith(".undo")}
    assert undone == ({} if is_paid else {"hotel.undo": "completed", "flight.undo": "completed"})
    assert (run.error or {}).get("action") == (None if is_paid else "payment")
