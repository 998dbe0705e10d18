import base64

import pytest
from pytest_httpserver import HTTPServer

from actions.services import connections
from core.errors import InvalidError
from core.redaction import Redactor
from tests.actions.connections.types.testing import carried, probed

pytestmark = pytest.mark.usefixtures("scope", "loopback_is_allowed")
PASSWORD = {"password": "pässw0rd"}


def test_user_and_password_are_sent_and_redacted_in_base64_too() -> None:
    found, told = carried("http_basic", {"base_url": "https://api.example.com", "username": "ada"}, PASSWORD)

    login = base64.b64encode("ada:pässw0rd".encode()).decode()
    assert found.headers == {"Authorization": f"Basic {login}"}
    assert told == {"pässw0rd", login}
    assert Redactor(told, only_values=True).clean_text(f"you sent {login}") == "you sent [redacted]"


def test_a_test_asks_its_path(httpserver: HTTPServer) -> None:
    login = base64.b64encode("ada:pässw0rd".encode()).decode()
    httpserver.expect_request("/me", headers={"Authorization": f"Basic {login}"}).respond_with_data("hello")

    settings = {"base_url": httpserver.url_for(""), "test_path": "/me", "username": "ada"}

    assert probed("http_basic", settings, PASSWORD).code == ""


@pytest.mark.parametrize(("username", "password"), [("a:b", "x"), ("", "x"), ("a", ""), ("a\nb", "x"), ("a", "x\ny")])
def test_what_no_header_can_say_is_refused(username: str, password: str) -> None:
    with pytest.raises(InvalidError):
        connections.create(
            name="x",
            kind="http_basic",
            settings_={"base_url": "https://api.example.com", "username": username},
            secrets={"password": password},
        )
