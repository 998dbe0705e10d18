from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from actions.services import connections
from core.errors import InvalidError
from tests.actions.connections.types.testing import carried, probed

pytestmark = pytest.mark.usefixtures("scope", "loopback_is_allowed")
BASE = {"base_url": "https://api.example.com"}
KEY = {"key": "k3y-value"}


@pytest.mark.parametrize(
    ("given", "headers", "query"),
    [
        ({}, {"X-Api-Key": "k3y-value"}, {}),
        ({"parameter": "Authorization", "prefix": "Key "}, {"Authorization": "Key k3y-value"}, {}),
        ({"place": "query", "parameter": "api_key"}, {}, {"api_key": "k3y-value"}),
    ],
)
def test_the_key_goes_where_it_is_wanted(given: dict[str, Any], headers: dict[str, str], query: dict[str, str]) -> None:
    found, told = carried("http_api_key", {**BASE, **given}, KEY)

    assert (found.headers, found.query) == (headers, query)
    assert told == {"k3y-value"}


def test_a_test_asks_with_the_key_in_the_query(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/me", query_string="key=k3y-value").respond_with_data("hello")
    settings = {"base_url": httpserver.url_for(""), "test_path": "/me", "place": "query", "parameter": "key"}

    assert probed("http_api_key", settings, KEY).code == ""


@pytest.mark.parametrize("parameter", ["Host", "content-length", "Transfer-Encoding", "a b", "", "x\r\ny"])
def test_a_header_that_is_ours_is_refused(parameter: str) -> None:
    with pytest.raises(InvalidError) as raised:
        connections.create(name="x", kind="http_api_key", settings_={**BASE, "parameter": parameter}, secrets=KEY)

    assert [each.path for each in raised.value.problems] == ["/settings/parameter"]
