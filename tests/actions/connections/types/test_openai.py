from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from actions.base import ActionFailedError
from actions.connections.base import Opened, TestCall
from actions.connections.registry import connection_types
from actions.services import connections
from core.errors import InvalidError
from core.models import Workspace
from core.redaction import Redactor
from tests.actions.ai_server import API_KEY, AiServer
from tests.actions.asking import PRICES, settings_of


def tried(opened: Opened[Any, Any]) -> str:
    call = TestCall(opened.id, timeout_seconds=2, now=timezone.now(), redactor=Redactor([opened.secrets.api_key]))
    return connection_types.get("openai").test(opened, call)


@pytest.fixture
def opened(ai: AiServer, scope: Workspace) -> Opened[Any, Any]:
    secrets = {"api_key": API_KEY}
    row = connections.create(name="ai", kind="openai", settings_=settings_of(ai), secrets=secrets)
    return connections.opened(row)


def test_a_test_lists_the_models_and_asks_none(ai: AiServer, opened: Opened[Any, Any]) -> None:
    assert tried(opened) == "It answers, and has 2 models, small-1 among them."
    other = replace(opened, settings=opened.settings.model_copy(update={"model": "small-2"}))
    assert tried(other) == "It answers, but small-2 is not among the 2 models that it names."
    assert ai.asked == []


@pytest.mark.parametrize(
    ("changes", "api_key", "words"),
    [
        ({}, "sk-other-1234", "does not accept the API key"),
        ({"base_url": "/v2"}, API_KEY, "usually ends with /v1"),
    ],
)
def test_a_test_that_fails_says_what_to_do(
    ai: AiServer, opened: Opened[Any, Any], changes: dict[str, str], api_key: str, words: str
) -> None:
    changed = {name: ai.url.replace("/v1", path) for name, path in changes.items()}
    secrets = opened.secrets.model_copy(update={"api_key": api_key})
    settings = opened.settings.model_copy(update=changed)

    with pytest.raises(ActionFailedError, match=words) as raised:
        tried(replace(opened, settings=settings, secrets=secrets))

    assert api_key not in raised.value.message


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"base_url": "ftp://x"}, "/settings/base_url"),
        ({"base_url": "https://user:pw@x/"}, "/settings/base_url"),
        ({"model": ""}, "/settings/model"),
        ({"organisation": "a\nb"}, "/settings/organisation"),
        ({"prices": {"m": {"input_per_million": -1, "output_per_million": 1}}}, "/settings/prices/m/input_per_million"),
        ({"prices": {"m": {"input_per_million": 1, "output_per_million": 1, "currency": "€"}}},
         "/settings/prices/m/currency"),
        ({"prices": {**PRICES, "m": {"input_per_million": 1, "output_per_million": 1}}}, "/settings"),
        ({"api_key": "x"}, "/settings/api_key"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("scope")
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any], path: str) -> None:
    settings = {"base_url": "https://api.example.com/v1", "model": "small-1", **changes}

    with pytest.raises(InvalidError) as raised:
        connections.create(name="ai", kind="openai", settings_=settings, secrets={"api_key": "sk-1234"})

    assert [problem.path for problem in raised.value.problems] == [path]


def test_the_key_does_not_show(opened: Opened[Any, Any]) -> None:
    assert API_KEY not in repr(opened)
