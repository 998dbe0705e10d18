from uuid import UUID

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from core.api.middleware import request_id


@pytest.mark.parametrize("given", ["a", "abc-123_X.y:z/w+=", "0" * 128])
def test_a_harmless_id_of_the_caller_is_taken_over(client: Client, given: str) -> None:
    assert client.get("/health/", headers={"X-Request-Id": given})["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "a b", "0" * 129, "a\r\nX-Evil: 1", "ä", "<script>", "a\0"], ids=repr)
def test_any_other_id_is_replaced_by_one_of_ours(client: Client, given: str) -> None:
    answered = client.get("/health/", headers={"X-Request-Id": given})["X-Request-Id"]

    assert UUID(answered).version == 7


def test_two_requests_have_two_ids(client: Client) -> None:
    first, second = (client.get("/health/")["X-Request-Id"] for _ in range(2))

    assert first != second


def test_log_lines_of_a_request_carry_its_id_and_those_after_it_do_not() -> None:
    seen: list[object] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(structlog.contextvars.get_contextvars().get("request_id"))
        return HttpResponse()

    request_id(view)(RequestFactory().get("/", headers={"X-Request-Id": "mine"}))

    assert seen == ["mine"]
    assert "request_id" not in structlog.contextvars.get_contextvars()


def test_an_error_is_answered_with_the_id_too(client: Client) -> None:
    answer = client.get("/nothing", headers={"X-Request-Id": "mine"})

    assert (answer.status_code, answer["X-Request-Id"]) == (404, "mine")


@pytest.mark.django_db
def test_a_url_without_its_last_slash_is_the_same_and_keeps_its_body(api: APIClient) -> None:
    answer = api.post("/api/v1/events", {"type": "lead.created"}, format="json")

    assert (answer.status_code, answer.json()["type"]) == (202, "lead.created")
    assert api.get("/api/v1/events").status_code == 200


def test_a_host_that_is_not_served_is_refused_in_the_envelope(client: Client) -> None:
    answer = client.get("/api/v1/events/", headers={"host": "elsewhere.example"})

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
