"""The examples of docs/webhooks.md, run as they stand there."""

import re
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from core import tenancy
from core.models import Workspace
from tests import factories, hooks, processes, runner
from tests.documentation import blocks, page, parsed, run
from triggers.models import Hook
from triggers.verification.registry import schemes
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known
from workflows.models import Run

TEXT = page("docs/webhooks.md")
EXAMPLES = blocks(TEXT, "yaml")
SET_UP, SEND, ASK = blocks(TEXT, "sh")


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_every_example_has_no_problems(text: str) -> None:
    known = Known(secrets=frozenset(re.findall(r"secrets\.(\w+)", text)))
    whole = {"name": "Example", "actions": [factories.log_event("x")], **parsed(text)}

    assert check(shorthand.normalise(whole), known) == []


def test_every_scheme_stands_in_the_table_with_what_it_takes() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|([^|]*)\|[^|]*\|$", TEXT, flags=re.MULTILINE)
    words = {key: (needs, takes) for key, needs, takes in rows if key in schemes}

    names = r"`(secret|username|header|prefix|algorithm|encoding|tolerance_seconds|id_header)`"
    said = {key: tuple(frozenset(re.findall(names, cell)) for cell in cells) for key, cells in words.items()}
    assert said == {scheme.key: (scheme.needs, scheme.takes) for scheme in schemes}


@pytest.mark.django_db(transaction=True)
def test_the_first_webhook_works_by_its_commands(workspace: Workspace, live_server: LiveServer, tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(EXAMPLES[0])
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    said = run(f"{SET_UP}\n{SEND}\n{SEND}", environment, cwd=tmp_path)
    hooks.work(workspace)

    assert '{"id": "delivery-1", "duplicate": false}{"id": "delivery-1", "duplicate": true}' in said
    with tenancy.scope(workspace.pk):
        [found] = Run.objects.all()
    message = runner.outputs(found)["note"]["message"]
    assert re.fullmatch(r"Order order-7: 120, sent by curl/\S+", message)


@pytest.mark.django_db(transaction=True)
def test_the_sender_of_the_guide_is_answered_by_its_run(workspace: Workspace, live_server: LiveServer) -> None:
    hooks.store(workspace, quote_key="k-123456")
    workflow = factories.published(workspace, parsed(next(text for text in EXAMPLES if "name: Quote" in text)))
    with tenancy.scope(workspace.pk):
        hook = Hook.objects.get(trigger__workflow=workflow)

    answers: list[str] = []

    def is_answered() -> bool:  # not the first time, while the worker is still starting
        url = f"{live_server.url}{hooks.url(hook)}"
        answers.append(run(ASK.replace("-sS", "-sS -i"), {"URL": url, "QUOTE_KEY": "k-123456"}))
        return answers[-1].startswith("HTTP/1.1 201")

    with processes.worker():
        processes.eventually(is_answered, what="the sender is answered")

    assert "X-Quote: quote-1" in answers[-1]
    assert answers[-1].endswith('{"total": 100, "currency": "EUR"}')
    assert all('"id": "quote-1"' in early for early in answers[:-1])
