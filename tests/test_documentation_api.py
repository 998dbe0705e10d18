"""What docs/api.md says is so."""

import json
import re

import pytest
from pytest_django.live_server_helper import LiveServer

from config.environment import Environment
from core.api import codes, envelope
from core.errors import SequiturError
from core.models import Workspace
from tests import factories
from tests.documentation import blocks, chapter, page, run

TEXT = page("docs/api.md")


def _ours(kind: type[SequiturError] = SequiturError) -> set[tuple[int, str]]:
    return {(kind.status, kind.code)}.union(*map(_ours, kind.__subclasses__()))


def test_the_table_has_every_code() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| (.+) \|$", chapter(TEXT, "Errors"), re.MULTILINE)
    of_django = {(status, code) for _, status, code in envelope._CODES}

    assert [(int(status), code, text) for status, code, text in rows] == [
        (each.status, each.code, each.meaning) for each in codes.CODES
    ]
    assert {*_ours(), *of_django} - {(each.status, each.code) for each in codes.CODES} == set()


def test_the_error_that_is_shown_has_the_shape_of_errors() -> None:
    (shown,) = (json.loads(each) for each in blocks(TEXT, "json"))

    assert (shown.keys(), shown["errors"][0].keys()) == ({"detail", "code", "errors"}, {"path", "code", "message"})


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_twice_is_done_once(workspace: Workspace, live_server: LiveServer) -> None:
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    printed = run(blocks(TEXT, "sh")[0], environment)

    assert printed.count('"name":"crm_token"') == 2
    assert printed.lower().count("idempotency-replayed: true") == 1


def test_the_default_of_the_limit_is_the_one_that_is_named() -> None:
    default = Environment.model_fields["api_requests_per_minute"].default

    assert f"`SEQUITUR_API_REQUESTS_PER_MINUTE` ({default:,};" in TEXT
    assert f'"caller";q={default};w=60' in TEXT
