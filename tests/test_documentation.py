"""The examples of the documentation, run as they stand there."""

import json
import re
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from actions.base import ActionCall
from actions.registry import action_types
from core import documents, signing, tenancy
from core.ids import new_id
from core.models import Workspace
from core.services import secrets
from tests import factories, processes, runner
from tests.documentation import blocks, chapter, page, parsed, run
from triggers.services import event_type_files, matching
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known
from workflows.models import Run
from workflows.types.base import ControlType

DEFINITION = page("docs/definition.md")
EVENTS = page("docs/events.md")
README = page("README.md")


def control_examples() -> dict[str, list[str]]:
    """The examples of control actions, by the title of their section."""
    _, *sections = re.split(r"^### ", chapter(DEFINITION, "Control actions"), flags=re.MULTILINE)
    return {section.splitlines()[0]: blocks(section, "yaml") for section in sections}


def documented() -> list[Path]:
    ours = [path for path in settings.BASE_DIR.rglob("*.md") if ".venv" not in path.parts]
    return sorted(
        path for path in ours if not any(part.startswith(".") for part in path.relative_to(settings.BASE_DIR).parts)
    )


@pytest.mark.django_db(transaction=True)
def test_the_first_workflow_of_the_readme_works_by_its_commands(
    workspace: Workspace, live_server: LiveServer, tmp_path: Path
) -> None:
    (tmp_path / "welcome.yaml").write_text(blocks(README, "yaml")[0])
    commands = [block for block in blocks(README, "sh") if "curl" in block]
    create, publish, send, read = commands
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    assert '"problems":[]' in run(create, environment, cwd=tmp_path)
    assert '"status":"active"' in run(publish, environment)
    with processes.worker():
        assert '"duplicate":false' in run(send, environment)
        assert '"duplicate":true' in run(send, environment), "the README says that it is accepted once"
        with tenancy.scope(workspace.pk):
            processes.eventually(lambda: Run.objects.filter(status="completed").exists(), what="the run completes")
    shown = run(read, environment)

    assert '"status": "completed"' in shown
    assert "Greeted ada@example.com, message <" in shown
    mails = [mail.read_text() for mail in Path(settings.EMAIL_FILE_PATH).glob("*.log")]  # of other tests, too
    assert len([mail for mail in mails if "Subject: Welcome, Ada" in mail]) == 1


@pytest.mark.django_db(transaction=True)
def test_the_annotated_definition_has_no_problems() -> None:
    document = parsed(blocks(DEFINITION, "yaml")[0])

    assert check(shorthand.normalise(document), Known()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("title", control_examples())
def test_the_examples_of_control_actions_run(title: str, workspace: Workspace) -> None:
    lines = [{"sku": "a", "quantity": 2}, {"sku": "b", "quantity": 1}]
    data = {"lead": {"name": "Ada", "score": 90, "country": "BE"}, "order": {"id": "o-1", "total": 5, "lines": lines}}
    document: Any = None
    for text in control_examples()[title]:
        document = parsed(text)
        if isinstance(document, list):
            document = {"name": "Example", "trigger": "example.happened", "actions": document}
        factories.published(workspace, document)

    event = factories.event(workspace, document["trigger"], **data)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        done = runner.finish(Run.objects.get(event=event))

    fails = "undo" in title
    assert (done.status, (done.error or {}).get("action")) == (("failed", "pay") if fails else ("completed", None))
    states = runner.states(done)
    assert states[list(states)[-1]] in {"completed", "skipped"}
    assert states.get("book.undo") == ("completed" if fails else None)


def test_every_control_action_has_an_example() -> None:
    text = "\n".join(chain.from_iterable(control_examples().values()))
    controls = {key for key in action_types.keys() if isinstance(action_types.get(key), ControlType)}  # noqa: SIM118

    assert {key for key in controls if not key.startswith("test_")} - set(re.findall(r"type: (\w+)", text)) == set()


def test_the_action_type_of_the_guide_passes_the_tests_of_the_guide() -> None:
    source, tests = blocks(page("CONTRIBUTING.md"), "python")
    assert max(len(source.splitlines()), len(tests.splitlines())) <= 40
    names: dict[str, Any] = {"__name__": "guide_tests"}

    with patch.dict(action_types._items):
        action_types.unregister("count_characters")  # of somebody who tries the guide
        exec(compile(source, "CONTRIBUTING.md", "exec"), {"__name__": "guide"})
        exec(compile(tests, "CONTRIBUTING.md", "exec"), names)

        names["test_characters_are_counted_not_bytes"](
            ActionCall(
                workspace_id=new_id(),
                run_id=new_id(),
                action_key="count",
                attempt=1,
                idempotency_key="run:count:0",
                timeout_seconds=5,
                context={},
            )
        )
        names["test_a_text_that_is_too_long_is_refused"]()


def test_the_receiver_of_the_guide_knows_a_genuine_webhook() -> None:
    (source,) = blocks(DEFINITION, "python")
    names: dict[str, Any] = {}
    exec(source, names)
    secret, body = signing.new_secret(), b'{"a": 1}'
    headers = signing.sign(body, secret=secret, message_id="m1", sent_at=datetime.now(UTC))

    assert names["is_genuine"](secret, headers, body) is True
    assert names["is_genuine"](secret, headers, body + b" ") is False
    assert names["is_genuine"](signing.new_secret(), headers, body) is False


@pytest.mark.django_db(transaction=True)
def test_the_signing_secret_of_the_guide_is_stored_by_its_commands(
    workspace: Workspace, live_server: LiveServer
) -> None:
    (script,) = blocks(DEFINITION, "sh")
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    printed = run(f"{script}\necho; echo $SECRET", environment)

    with tenancy.scope(workspace.pk):
        stored = secrets.reveal(["webhook_signing_secret"])["webhook_signing_secret"]
    assert stored == printed.splitlines()[-1]
    assert signing.check_secret(stored)


@pytest.mark.django_db(transaction=True)
def test_the_commands_about_events_do_what_the_text_says(workspace: Workspace, live_server: LiveServer) -> None:
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}
    script = "\n".join(blocks(EVENTS, "sh")).replace("curl -sS", "echo; curl -sS")

    answers = map(json.loads, run(script, environment).split("\n")[1:])

    short, structured, binary, batch, listed, shown, registered, types = answers
    assert (short["id"], structured["id"], binary["source"]) == ("order-7", "8", "/shop")
    assert [each["status"] for each in batch["results"]] == ["duplicate", "rejected"]
    assert ([each["id"] for each in listed["results"]], shown["data"]) == (["order-7"], {"order": {"total": 99.5}})
    assert (registered["validation"], [each["name"] for each in types["results"]]) == ("warn", ["order.paid"])


def test_the_catalogue_of_the_guide_can_be_loaded(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "my_types.yaml"
    path.write_text(blocks(EVENTS, "yaml")[0])

    with tenancy.scope(workspace.pk):
        assert event_type_files.load([path]) == [("order.paid", "made")]


@pytest.mark.parametrize("path", documented(), ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_every_link_leads_to_a_file(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())

    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_variable_of_the_environment_is_in_the_readme() -> None:
    from config.environment import Environment

    names = {
        str(field.validation_alias.choices[0]) if field.validation_alias else f"SEQUITUR_{name.upper()}"  # type: ignore[union-attr]  # we write AliasChoices only
        for name, field in Environment.model_fields.items()
    }

    assert sorted(name for name in names if f"`{name}`" not in README) == []


def test_the_example_workflow_has_no_problems() -> None:
    paths = sorted((settings.BASE_DIR / "examples/workflows").glob("*.yaml"))
    documents_ = [documents.parse_yaml(path.read_bytes(), max_bytes=100_000) for path in paths]

    assert [check(shorthand.normalise(document), Known()) for document in documents_] == [[]] * len(paths)
    assert paths
