import pytest
from pytest_httpserver import HTTPServer

from tests.actions.connections.types.testing import carried, probed

pytestmark = pytest.mark.usefixtures("scope", "loopback_is_allowed")
TOKEN = {"token": "t0ken-value"}


def test_the_token_is_sent_and_redacted() -> None:
    found, told = carried("http_bearer", {"base_url": "https://api.example.com"}, TOKEN)

    assert (found.headers, found.query) == ({"Authorization": "Bearer t0ken-value"}, {})
    assert told == {"t0ken-value"}


def test_a_test_asks_its_path(httpserver: HTTPServer) -> None:
    expected = {"Authorization": "Bearer t0ken-value"}
    httpserver.expect_request("/v1/me", headers=expected).respond_with_data("x" * 2_000_000)

    found = probed("http_bearer", {"base_url": httpserver.url_for("/v1/"), "test_path": "/me"}, TOKEN)

    assert (found.message, found.code) == ("GET /me answered 200.", "")


def test_without_a_path_nothing_is_asked(httpserver: HTTPServer) -> None:
    found = probed("http_bearer", {"base_url": httpserver.url_for("/")}, TOKEN)

    assert found.code == ""
    assert "Nothing was asked" in found.message
    assert httpserver.log == []


@pytest.mark.parametrize(
    ("status", "code"), [(401, "connection_refused"), (403, "connection_refused"), (500, "http_status")]
)
def test_a_test_that_fails_says_how_without_the_token(httpserver: HTTPServer, status: int, code: str) -> None:
    httpserver.expect_request("/me").respond_with_data("you sent t0ken-value", status=status)

    found = probed("http_bearer", {"base_url": httpserver.url_for(""), "test_path": "/me"}, TOKEN)

    assert found.code == code
    assert "t0ken" not in found.message


def test_an_address_that_is_not_public_is_refused() -> None:
    found = probed("http_bearer", {"base_url": "http://10.0.0.1", "test_path": "/me"}, TOKEN)

    assert found.code == "address_refused"
